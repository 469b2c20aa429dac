#!/usr/bin/env bash
# cAIC4 1.0 (CRAN): the effective number of parameters of cAIC() for lmer fits is Σ ∂ŷ_i/∂y_i + 1 by definition (Greven & Kneib 2010, eq. 6 with the estimated
# variances), and is not: refitting lme4 with each response moved gives 6.3476 where cAIC4 prints 6.3929 (Dyestuff, REML), 30.1318 where it prints 30.1649 (Pastes).
# Of a model whose only variance is estimated at 0 (Dyestuff2) it prints 1, the intercept, and leaves out σ, which it counts in every other fit.
# Needs R with the Debian packages r-cran-lme4 and r-cran-caic4 (lme4 1.1-31, cAIC4 1.0). Exits non-zero if that changes.
set -euo pipefail
Rscript - <<'R' 2>/dev/null
suppressMessages({ library(lme4); library(cAIC4) })
cat("lme4", as.character(packageVersion("lme4")), "cAIC4", as.character(packageVersion("cAIC4")), "\n")
control <- lmerControl(optCtrl = list(ftol_rel = 1e-15, xtol_rel = 1e-12, maxeval = 20000), calc.derivs = FALSE)
differences <- function(formula, data, name, h) {
  fit <- lmer(formula, data, control = control)
  y <- data[[name]]
  at <- function(i, step) { y[i] <- y[i] + step; fitted(refit(fit, y, control = control))[i] }
  1 + sum(sapply(seq_along(y), function(i) (at(i, h) - at(i, -h)) / (2 * h)))
}
dyes <- c(differences(Yield ~ 1 + (1 | Batch), Dyestuff, "Yield", 1), cAIC(lmer(Yield ~ 1 + (1 | Batch), Dyestuff))$df)
pastes <- c(differences(strength ~ 1 + (1 | batch/cask), Pastes, "strength", 0.02), cAIC(lmer(strength ~ 1 + (1 | batch/cask), Pastes))$df)
flat <- suppressMessages(suppressWarnings(cAIC(lmer(Yield ~ 1 + (1 | Batch), Dyestuff2))$df))
cat(sprintf("Dyestuff: by refits %.4f, cAIC4 %.4f\n", dyes[1], dyes[2]))
cat(sprintf("Pastes: by refits %.4f, cAIC4 %.4f\n", pastes[1], pastes[2]))
cat(sprintf("Dyestuff2 (variance 0): cAIC4 %.4f\n", flat))
same <- abs(dyes[1] - 6.3476) < 1e-3 && abs(dyes[2] - 6.3929) < 1e-3 && abs(pastes[1] - 30.1318) < 1e-3 &&
  abs(pastes[2] - 30.1649) < 1e-3 && abs(flat - 1) < 1e-6
quit(status = if (same) 0 else 1)
R
