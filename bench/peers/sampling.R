# Samples sleepstudy and cbpp with rstanarm (its default priors for sleepstudy; normal(0, 2.5) coefficients for cbpp), one core.
# Prints seconds of processor time of warm-up and sampling (as rstan takes them), and the smallest bulk ESS over fixed effects and variance parameters.
suppressPackageStartupMessages({library(rstanarm); library(posterior)})
go <- function(id, fit) {
  stan <- fit$stanfit
  elapsed <- sum(rstan::get_elapsed_time(stan))
  s <- summarise_draws(as_draws_array(as.array(stan)), ess_bulk = ess_bulk)
  main <- !grepl("^b\\[|mean_PPD|^z_|lp__|log-post", s$variable)
  ess <- min(as.numeric(s$ess_bulk[main]), na.rm = TRUE)
  gradients <- sum(sapply(rstan::get_sampler_params(stan, inc_warmup = FALSE), function(x) sum(x[, "n_leapfrog__"])))
  cat(sprintf('{"id":"%s","package":"rstanarm %s","seconds":%.6g,"minEssBulk":%.6g,"essPerSecond":%.6g,"gradients":%.6g,"essPerGradient":%.6g}\n',
    id, packageVersion("rstanarm"), elapsed, ess, ess / elapsed, gradients, ess / gradients))
}
go("sleepstudy-nuts", stan_lmer(Reaction ~ Days + (Days | Subject), data = lme4::sleepstudy, chains = 4, cores = 1, seed = 1, refresh = 0))
go("cbpp-nuts", stan_glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), data = lme4::cbpp, family = binomial,
  prior = normal(0, 2.5), prior_intercept = normal(0, 2.5), chains = 4, cores = 1, seed = 1, refresh = 0))
