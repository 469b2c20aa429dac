# Times lme4 on the same fits as bench/fits.ts. Arguments: which (sleepstudy cbpp toenail insteval). One JSON line a fit; R's start excluded.
suppressPackageStartupMessages(library(lme4))
which <- commandArgs(TRUE)
bench <- function(id, f, runs, warm, inner = 1) {
  for (i in seq_len(warm)) r <- suppressMessages(f())
  seconds <- numeric(runs)
  for (i in seq_len(runs)) {
    start <- proc.time()[[3]]
    for (k in seq_len(inner)) r <- suppressMessages(f())
    seconds[i] <- (proc.time()[[3]] - start) / inner
  }
  cat(sprintf('{"id":"%s","package":"lme4 %s","medianSeconds":%.6g,"minSeconds":%.6g,"logLik":%.10g}\n', id, packageVersion("lme4"), median(seconds), min(seconds), as.numeric(logLik(r))))
}
if ("sleepstudy" %in% which) bench("sleepstudy-reml", function() lmer(Reaction ~ Days + (Days | Subject), sleepstudy), 9, 2, 20)
if ("cbpp" %in% which) bench("cbpp-laplace", function() glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, family = binomial), 9, 2, 5)
if ("cbpp" %in% which) bench("cbpp-agq25", function() glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, family = binomial, nAGQ = 25), 9, 2, 5)
if ("verbagg" %in% which) bench("verbagg-laplace", function() glmer(r2 ~ Anger + Gender + btype + situ + (1 | id) + (1 | item), VerbAgg, family = binomial), 3, 0)
if ("insteval" %in% which) bench("insteval-ml", function() lmer(y ~ service + (1 | s) + (1 | d) + (1 | dept:service), InstEval, REML = FALSE), 1, 0)
