# Reference fits by MASS::glmmPQL for penalised-quasi-likelihood.json. Run in this folder: Rscript make-pql.R
suppressMessages({library(MASS); library(nlme)})
read <- function(name) read.csv(file.path("../../fixtures/reference", paste0(name, ".csv")))
cases <- list()
add <- function(id, call, f) {
  v <- VarCorr(f)
  sds <- suppressWarnings(as.numeric(v[, "StdDev"]))
  cases[[id]] <<- sprintf(
    '{"id": "%s", "call": "%s", "fixed": {%s}, "se": [%s], "sd": [%s]}', id, call,
    paste(sprintf('"%s": %.12g', names(fixef(f)), fixef(f)), collapse = ", "),
    paste(sprintf("%.12g", sqrt(diag(vcov(f)))), collapse = ", "),
    paste(sprintf("%.12g", sds[!is.na(sds)]), collapse = ", "))
}
control <- lmeControl(msTol = 1e-12, tolerance = 1e-10, msMaxIter = 500, returnObject = TRUE)
b <- read("bacteria"); b$trt <- factor(b$trt, levels = c("placebo", "drug", "drug+"))
add("bacteria", "y01 ~ trt + wk2, ~ 1 | ID, binomial",
    glmmPQL(y01 ~ trt + wk2, random = ~1 | ID, family = binomial, data = b, verbose = FALSE, niter = 500, control = control))
e <- read("epil")
add("epil", "y ~ lbase * trt + lage + V4, ~ 1 | subject, poisson",
    glmmPQL(y ~ lbase * trt + lage + V4, random = ~1 | subject, family = poisson, data = e, verbose = FALSE, niter = 500, control = control))
h <- read("cbpp"); h$period <- factor(h$period)
add("cbpp", "cbind(incidence, size - incidence) ~ period, ~ 1 | herd, binomial(probit)",
    glmmPQL(cbind(incidence, size - incidence) ~ period, random = ~1 | herd, family = binomial("probit"), data = h, verbose = FALSE, niter = 500, control = control))
s <- read("sleepstudy")
add("sleepstudy", "Reaction ~ Days, ~ Days | Subject, Gamma(log)",
    glmmPQL(Reaction ~ Days, random = ~Days | Subject, family = Gamma("log"), data = s, verbose = FALSE, niter = 500, control = control))
g <- read("grouseticks"); g$YEAR <- factor(g$YEAR); g$height <- (g$HEIGHT - mean(g$HEIGHT)) / 100
add("grouseticks", "TICKS ~ YEAR + height, ~ 1 | LOCATION/BROOD, poisson; height = (HEIGHT - mean(HEIGHT)) / 100",
    glmmPQL(TICKS ~ YEAR + height, random = ~1 | LOCATION/BROOD, family = poisson, data = g, verbose = FALSE, niter = 500, control = control))
writeLines(c(sprintf('{"made": "MASS %s, nlme %s, R %s", "cases": [', packageVersion("MASS"), packageVersion("nlme"), getRversion()),
  paste0("  ", unlist(cases), c(rep(",", length(cases) - 1), "")), "]}"), "penalised-quasi-likelihood.json")
