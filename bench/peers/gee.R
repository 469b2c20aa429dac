# Times geepack on the table bench/gee.ts wrote. Argument: its path. One JSON line a fit; reading the file is not timed.
suppressPackageStartupMessages(library(geepack))
d <- read.csv(commandArgs(TRUE)[1])
for (k in c("exchangeable", "ar1")) {
  seconds <- numeric(3)
  for (i in 1:3) { start <- proc.time()[[3]]; f <- geeglm(y ~ x + z + time, id = id, data = d, family = binomial, corstr = k); seconds[i] <- proc.time()[[3]] - start }
  cat(sprintf('{"id":"gee-%s","package":"geepack %s","medianSeconds":%.6g,"minSeconds":%.6g,"estimates":[%s]}\n', k, packageVersion("geepack"), median(seconds), min(seconds), paste(signif(c(coef(f), f$geese$gamma, f$geese$alpha), 8), collapse = ",")))
}
