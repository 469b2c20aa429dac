#!/usr/bin/env bash
# lme4 1.1-31: the profile intervals of confint() for correlations and standard deviations of a vector-valued random term may be wrong without an error, where the search
# at a value starts with a correlation near ±1 and does not leave it. Machines of nlme, `score ~ Machine + (Machine | Worker)`: the interval of the correlation of
# the intercept with MachineC is given as [-1, 0.447]. At -0.9 the deviance, minimised over all else from nine starts, is 5.8 above its minimum (ζ = 2.41), which
# is outside of any 95 % interval: the end is -0.8475, where it is 3.84 above. Look at the profile's own warnings, and minimise again from other starts at the
# ends where an interval reaches ±1 while the profile is steep before.
# Exits with an error when this changes.
set -euo pipefail
cat > "${TMPDIR:-/tmp}/lme4-profile-corner.$$.R" <<'R'
suppressPackageStartupMessages({library(lme4); library(nlme, exclude = "lmList")})
stopifnot(packageVersion("lme4") == "1.1.31")
fit <- lmer(score ~ Machine + (Machine | Worker), as.data.frame(Machines), REML = FALSE)
dev <- as.function(fit)
ends <- suppressWarnings(confint(fit, method = "profile", oldNames = FALSE, quiet = TRUE))["cor_MachineC.(Intercept)|Worker", ]
# the deviance with that correlation held, over sds and the other two correlations
held <- function(p, r) {
  s <- exp(p[1:3]); z <- tanh(p[4:5])
  R <- matrix(c(1, z[1], r, z[1], 1, z[2], r, z[2], 1), 3)
  if (min(eigen(R, TRUE, TRUE)$values) < 1e-10) return(1e6)
  L <- diag(s) %*% t(chol(R))
  dev(L[lower.tri(L, TRUE)])
}
rise <- function(r) {
  best <- Inf
  for (a in c(-.5, 0, .5)) for (b in c(-.5, 0, .5)) {
    p <- c(log(c(3.7, 5.3, 3.3) / .96), a, b)
    for (again in 1:3) p <- (found <- optim(p, held, r = r, control = list(maxit = 3000, reltol = 1e-12)))$par
    best <- min(best, found$value)
  }
  best - deviance(fit)
}
at <- c(rise(-0.9), rise(-0.8475))
cat(sprintf("confint(): %.4f to %.4f; deviance above its minimum at -0.9: %.2f, at -0.8475: %.2f\n", ends[1], ends[2], at[1], at[2]))
quit(status = if (ends[1] < -0.95 && at[1] > 5 && abs(at[2] - 3.84) < 0.05) 0 else 1)
R
trap 'rm -f "${TMPDIR:-/tmp}/lme4-profile-corner.$$.R"' EXIT
Rscript "${TMPDIR:-/tmp}/lme4-profile-corner.$$.R"
