# Times pbkrtest's Kenward-Roger of the slope on the data of bench/degrees-of-freedom.ts. Argument: a CSV file. Peak resident memory in MB (Linux).
suppressPackageStartupMessages({
  library(lme4)
  library(pbkrtest)
})
d <- read.csv(commandArgs(TRUE)[1], stringsAsFactors = TRUE)
peak <- function() as.numeric(gsub("\\D", "", grep("^VmHWM", readLines("/proc/self/status"), value = TRUE))) / 1000
fit <- lmer(y ~ x + (x | g), d)
before <- peak()
start <- proc.time()[[3]]
adjusted <- vcovAdj(fit)
df <- Lb_ddf(c(0, 1), vcov(fit), adjusted)
seconds <- proc.time()[[3]] - start
cat(sprintf(
  '{"id":"pbkrtest-%d","package":"pbkrtest %s","rows":%d,"seconds":%.4g,"fitPeak":%.0f,"peak":%.0f,"std_error":%.10g,"df":%.10g}\n',
  nrow(d), packageVersion("pbkrtest"), nrow(d), seconds, before, peak(), sqrt(adjusted[2, 2]), df
))
