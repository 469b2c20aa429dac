# Gibbs sampling by JAGS (package rjags, glm module loaded): the models and priors of bench/validation/gibbs-jags.ts, 4 chains one after another.
# Prints processor seconds of adaptation, warm-up and sampling (elapsed seconds beside), those of the summary, and the smallest and the median bulk ESS over
# fixed effects and variance parameters.
suppressPackageStartupMessages({library(rjags); library(posterior)})
load.module("glm", quiet = TRUE)
table <- function(name) read.csv(file.path("test/fixtures/reference", paste0(name, ".csv")), stringsAsFactors = TRUE)
wanted <- commandArgs(TRUE)
go <- function(id, code, data, monitor, draws = 2000, warmup = 500, start = list()) {
  if (length(wanted) > 0 && !(id %in% wanted)) return(invisible())
  inits <- lapply(1:4, function(i) list(.RNG.name = "base::Mersenne-Twister", .RNG.seed = i))
  inits <- lapply(inits, c, start)
  t0 <- proc.time()
  m <- jags.model(textConnection(code), data, inits = inits, n.chains = 4, n.adapt = warmup, quiet = TRUE)
  s <- coda.samples(m, monitor, draws, progress.bar = "none")
  t <- proc.time() - t0
  seconds <- t[[1]] + t[[2]]
  t0 <- proc.time()
  q <- summarise_draws(as_draws_array(s), mean, sd, rhat = rhat, ess_bulk = ess_bulk, ess_tail = ess_tail)
  summary <- sum((proc.time() - t0)[1:2])
  ess <- as.numeric(q$ess_bulk)
  cat(sprintf('{"id":"%s","package":"JAGS 4.3.1","seconds":%.6g,"summarySeconds":%.6g,"elapsed":%.6g,"minEssBulk":%.6g,"medianEssBulk":%.6g,"means":{%s}}\n', id, seconds, summary, t[[3]],
    min(ess), median(ess), paste(sprintf('"%s":%.6g', q$variable, as.numeric(q$mean)), collapse = ",")))
}
y <- table("Dyestuff")
go("dyestuff-inverse-gamma", "model { for (i in 1:N) { y[i] ~ dnorm(b + u[g[i]], ps) } for (j in 1:J) { u[j] ~ dnorm(0, pt) }
  b ~ dnorm(1500, 1.0E-6); ps ~ dgamma(2, 2000); pt ~ dgamma(2, 2000); sigma <- 1/sqrt(ps); tau <- 1/sqrt(pt) }",
  list(N = nrow(y), J = 6, y = y$Yield, g = as.integer(y$Batch)), c("b", "sigma", "tau"))
go("dyestuff-half-normal", "model { for (i in 1:N) { y[i] ~ dnorm(b + u[g[i]], 1/(sigma*sigma)) } for (j in 1:J) { u[j] ~ dnorm(0, 1/(tau*tau)) }
  b ~ dnorm(1500, 1.0E-6); sigma ~ dnorm(0, 1.0E-4)T(0,); tau ~ dnorm(0, 4.0E-4)T(0,) }",
  list(N = nrow(y), J = 6, y = y$Yield, g = as.integer(y$Batch)), c("b", "sigma", "tau"))
v <- table("Penicillin")
go("penicillin-crossed", "model { for (i in 1:N) { y[i] ~ dnorm(b + u[g[i]] + v[h[i]], 1/(sigma*sigma)) } for (j in 1:J) { u[j] ~ dnorm(0, 1/(tau*tau)) }
  for (j in 1:K) { v[j] ~ dnorm(0, 1/(upsilon*upsilon)) } b ~ dnorm(23, 0.01); sigma ~ dnorm(0, 0.25)T(0,); tau ~ dnorm(0, 1/9)T(0,); upsilon ~ dnorm(0, 1/9)T(0,) }",
  list(N = nrow(v), J = 24, K = 6, y = v$diameter, g = as.integer(v$plate), h = as.integer(v$sample)), c("b", "sigma", "tau", "upsilon"))
s <- table("sleepstudy")
go("sleepstudy-lkj", "model { for (i in 1:N) { y[i] ~ dnorm(b[1] + u[g[i],1] + (b[2] + u[g[i],2]) * x[i], ps) }
  for (j in 1:J) { u[j,1:2] ~ dmnorm(zero, Omega) }
  b[1] ~ dnorm(250, 1.0E-4); b[2] ~ dnorm(0, 4.0E-4); s0 ~ dnorm(0, 1.0E-4)T(0,); s1 ~ dnorm(0, 4.0E-4)T(0,); r ~ dbeta(2, 2); rho <- 2*r - 1
  d <- 1 - rho*rho; Omega[1,1] <- 1/(s0*s0*d); Omega[2,2] <- 1/(s1*s1*d); Omega[1,2] <- -rho/(s0*s1*d); Omega[2,1] <- Omega[1,2]
  sigma ~ dnorm(0, 1.0E-4)T(0,); ps <- 1/(sigma*sigma) }",
  list(N = 180, J = 18, y = s$Reaction, x = s$Days, g = as.integer(factor(s$Subject)), zero = c(0, 0)), c("b", "s0", "s1", "rho", "sigma"))
c <- table("cbpp")
glm <- function(link) sprintf("model { for (i in 1:N) { y[i] ~ dbin(p[i], n[i]); %s(p[i]) <- inprod(X[i,], b) + u[g[i]] }
  for (j in 1:J) { u[j] ~ dnorm(0, 1/(tau*tau)) } for (k in 1:4) { b[k] ~ dnorm(0, 0.16) } tau ~ dnorm(0, 1)T(0,) }", link)
X <- model.matrix(~ factor(period), c)
data <- list(N = 56, J = 15, y = c$incidence, n = c$size, X = X, g = as.integer(factor(c$herd)))
go("cbpp-logit", glm("logit"), data, c("b", "tau"))
go("cbpp-probit", glm("probit"), data, c("b", "tau"))
e <- table("epil")
X <- model.matrix(~ lbase * trt + lage + V4, e)
prior <- "for (j in 1:J) { u[j] ~ dnorm(0, 1/(tau*tau)) } b[1] ~ dnorm(0, 0.04); for (k in 2:6) { b[k] ~ dnorm(0, 0.16) } tau ~ dt(0, 0.16, 3)T(0,)"
data <- list(N = nrow(e), J = 59, y = e$y, X = X, g = as.integer(factor(e$subject)))
go("epil-poisson", sprintf("model { for (i in 1:N) { y[i] ~ dpois(m[i]); log(m[i]) <- inprod(X[i,], b) + u[g[i]] } %s }", prior), data, c("b", "tau"))
go("epil-nbinom", sprintf("model { for (i in 1:N) { y[i] ~ dnegbin(theta/(theta + m[i]), theta); log(m[i]) <- inprod(X[i,], b) + u[g[i]] } %s theta ~ dgamma(2, 0.2) }", prior),
  data, c("b", "tau", "theta"))
b <- table("bacteria")
X <- model.matrix(~ trt + I(week > 2), b)
go("bacteria-logit", "model { for (i in 1:N) { y[i] ~ dbern(p[i]); logit(p[i]) <- inprod(X[i,], b) + u[g[i]] }
  for (j in 1:J) { u[j] ~ dnorm(0, 1/(tau*tau)) } for (k in 1:4) { b[k] ~ dnorm(0, 0.16) } tau ~ dnorm(0, 0.25)T(0,) }",
  list(N = nrow(b), J = nlevels(b$ID), y = as.integer(b$y == "y"), X = X, g = as.integer(b$ID)), c("b", "tau"))
w <- read.csv("examples/data/wine.csv")
X <- cbind(w$temp == "warm", w$contact == "yes") + 0
go("wine-ordinal-probit", "model { for (i in 1:N) { y[i] ~ dordered.probit(m[i], cut); m[i] <- inprod(X[i,], b) + u[g[i]] }
  for (j in 1:J) { u[j] ~ dnorm(0, 1/(tau*tau)) } for (k in 1:2) { b[k] ~ dnorm(0, 0.25) } tau ~ dnorm(0, 1)T(0,)
  for (k in 1:4) { free[k] ~ dnorm(0, 1/9) } cut <- sort(free) }",
  list(N = 72, J = 9, y = w$rating, X = X, g = w$judge), c("b", "tau", "cut"), start = list(free = c(-1, 1, 2, 3)))
