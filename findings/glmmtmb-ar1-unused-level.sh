#!/usr/bin/env bash
# glmmTMB 1.1.5 (Debian's r-cran-glmmtmb): ar1(0 + time | g) takes the levels of the factor `time` one step apart, but levels that no row has are dropped
# from the factor first, also where they are declared. Where an occasion is missing from all rows, its neighbours become one step apart, without a word: with occasions
# 0 to 9 and no row of occasion 3, the correlation of occasions 2 and 4 is that of neighbours instead of its square.
# Instead: keep at least one row of each occasion, or use ou() with numFactor(), which knows the times.
# Seen: VarCorr has 9 effects for a factor of 10 levels, and the correlation of 2 and 4 equals that of 0 and 1.
# Exits with an error when this changes. Needs R with glmmTMB.
set -euo pipefail
Rscript -e '
suppressMessages(library(glmmTMB))
stopifnot(packageVersion("glmmTMB") == "1.1.5")
set.seed(1)
d <- expand.grid(t = 0:9, g = factor(1:40))
e <- unlist(lapply(1:40, function(k) as.numeric(arima.sim(list(ar = 0.7), 10))))
d$y <- e + rnorm(nrow(d), sd = 0.5)
d <- subset(d, t != 3)
d$time <- factor(d$t, levels = 0:9)
fit <- glmmTMB(y ~ 1 + ar1(0 + time | g), d)
R <- attr(VarCorr(fit)$cond$g, "correlation")
cat("levels:", nlevels(d$time), " effects:", nrow(R), " cor(0, 1):", R["time0", "time1"], " cor(2, 4):", R["time2", "time4"], "\n")
quit(status = if (nrow(R) == 9 && isTRUE(all.equal(R["time0", "time1"], R["time2", "time4"]))) 0 else 1)
'
