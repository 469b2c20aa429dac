# Times lme4's profile intervals of all parameters on the fits of bench/profiles.ts. Arguments: which (sleepstudy cbpp). One JSON line a fit; the fit itself excluded.
suppressPackageStartupMessages(library(lme4))
which <- commandArgs(TRUE)
bench <- function(id, fit) {
  start <- proc.time()[[3]]
  ends <- suppressWarnings(suppressMessages(confint(fit, method = "profile", quiet = TRUE)))
  seconds <- proc.time()[[3]] - start
  cat(sprintf('{"id":"%s","package":"lme4 %s","medianSeconds":%.6g,"low":%.8g,"high":%.8g}\n', id, packageVersion("lme4"), seconds, ends[1, 1], ends[1, 2]))
}
if ("sleepstudy" %in% which) bench("sleepstudy-profile", lmer(Reaction ~ Days + (Days | Subject), sleepstudy))
if ("cbpp" %in% which) bench("cbpp-profile", glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, family = binomial))
