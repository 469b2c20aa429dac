# Reference fits for nonlinear-residual.json: nonlinear means with residual structures. Run in this folder: Rscript make-nonlinear-residual.R
suppressMessages(library(nlme))
num <- function(x) paste(sprintf("%.10g", x), collapse = ", ")
og <- as.data.frame(datasets::Orange); og$Tree <- factor(as.character(og$Tree))
m <- circumference ~ SSlogis(age, Asym, xmid, scal)
cases <- c()
add <- function(call, f) {
  random <- inherits(f, "nlme")
  structure <- f$modelStruct
  residual <- c(if (!is.null(structure$varStruct)) coef(structure$varStruct, unconstrained = FALSE),
    if (!is.null(structure$corStruct)) coef(structure$corStruct, unconstrained = FALSE))
  cases <<- c(cases, sprintf('    {"call": "%s", "logLik": %.10g, "coef": [%s], "se": [%s], "sd": [%s], "sigma": %.10g, "residual": [%s]}', call,
    as.numeric(logLik(f)), num(if (random) fixef(f) else coef(f)), num(sqrt(diag(as.matrix(vcov(f))))),
    if (random) num(as.numeric(VarCorr(f)[1, "StdDev"])) else "", f$sigma, num(residual)))
}
start <- c(Asym = 205, xmid = 793, scal = 390)
ctl <- gnlsControl(tolerance = 1e-7, nlsTol = 1e-6, maxIter = 500, msTol = 1e-10, nlsMaxIter = 100, msMaxIter = 500)
add("gnls(correlation = corAR1(form = ~ 1 | Tree))", gnls(m, og, start = c(Asym = 183, xmid = 700, scal = 338),
  control = gnlsControl(tolerance = 1e-5, nlsTol = 1e-3, maxIter = 500), correlation = corAR1(0.8, form = ~ 1 | Tree)))
add("gnls(weights = varPower(form = ~ age))", gnls(m, og, start = start, control = ctl, weights = varPower(form = ~ age)))
add("gnls(weights = varPower(form = ~ age), correlation = corAR1(form = ~ 1 | Tree))",
  gnls(m, og, start = start, control = ctl, weights = varPower(form = ~ age), correlation = corAR1(form = ~ 1 | Tree)))
add("gnls(weights = varPower())", gnls(m, og, start = start, control = ctl, weights = varPower()))
start <- c(Asym = 192, xmid = 728, scal = 348)
ctl <- nlmeControl(tolerance = 1e-7, pnlsTol = 1e-5, maxIter = 500, msMaxIter = 500, msTol = 1e-9)
mixed <- function(...) nlme(m, og, fixed = Asym + xmid + scal ~ 1, random = Asym ~ 1 | Tree, start = start, control = ctl, ...)
add("nlme(weights = varPower(form = ~ age))", mixed(weights = varPower(form = ~ age)))
add("nlme(correlation = corAR1(form = ~ 1 | Tree))", mixed(correlation = corAR1(form = ~ 1 | Tree)))
add("nlme(weights = varPower())", mixed(weights = varPower()))
writeLines(c(sprintf('{"made": "R %s, nlme %s; Orange of package datasets", "cases": [', getRversion(), packageVersion("nlme")),
  paste0(cases, c(rep(",", length(cases) - 1), "")), "  ]}"), "nonlinear-residual.json")
