# lme4: simulate new responses of the fitted model, fit, table of coefficients; processor time a replicate.
suppressPackageStartupMessages(library(lme4))
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)))
data <- function(name) read.csv(file.path(here, "../../examples/data", paste0(name, ".csv")))
replicates <- 100
timed <- function(id, fit, again) {
  run <- function(i) {
    y <- simulate(fit, 1, seed = i)[[1]]
    coef(summary(suppressWarnings(suppressMessages(again(y)))))
  }
  for (i in 1:10) run(i)
  seconds <- sum(system.time(for (i in 1:replicates) run(i))[1:2]) / replicates
  cat(sprintf('{"id":"%s","peer":"lme4 %s","secondsAReplicate":%.6g}\n', id, packageVersion("lme4"), seconds))
}
cbpp <- transform(data("cbpp"), herd = factor(herd), period = factor(period))
timed("cbpp",
  glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, family = binomial),
  function(y) { d <- cbpp; d$y <- y; glmer(y ~ period + (1 | herd), d, family = binomial) })
sleepstudy <- transform(data("sleepstudy"), Subject = factor(Subject))
linear <- lmer(Reaction ~ Days + (Days | Subject), sleepstudy)
timed("sleepstudy", linear, function(y) refit(linear, y))
