# Times lme4's bootMer on cbpp by processor time: one JSON line.
suppressPackageStartupMessages(library(lme4))
m <- glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, family = binomial)
draws <- 100
t <- system.time(suppressWarnings(suppressMessages(bootMer(m, function(f) c(fixef(f), getME(f, "theta")), nsim = draws, seed = 1))))
cat(sprintf('{"id":"cbpp-bootmer","draws":%d,"secondsARefit":%.6f,"lme4":"%s"}\n', draws, (t[[1]] + t[[2]]) / draws, packageVersion("lme4")))
