# Reference fits for nonlinear-fits.json: nls with R's self-starting models, nlme and lme4::nlmer. Run in this folder: Rscript make-nonlinear.R
suppressMessages({library(nlme); library(lme4)})
num <- function(x) paste(sprintf("%.12g", x), collapse = ", ")
table <- function(d) paste(sprintf('"%s": [%s]', names(d), sapply(d, function(v) if (is.numeric(v)) num(v) else paste(sprintf('"%s"', v), collapse = ", "))), collapse = ", ")
selfstart <- list()
add <- function(model, call, formula, data) {
  f <- nls(formula, data)
  f <- nls(formula, data, start = coef(f), control = nls.control(maxiter = 200, tol = 1e-9, warnOnly = TRUE))
  selfstart[[model]] <<- sprintf('    {"model": "%s", "call": "%s", "coef": {%s}, "rss": %.12g, "data": {%s}}', model, call,
    paste(sprintf('"%s": %.12g', names(coef(f)), coef(f)), collapse = ", "), deviance(f), table(data))
}
dn <- as.data.frame(datasets::DNase[datasets::DNase$Run == 1, c("conc", "density")]); dn$lconc <- log(dn$conc)
add("logistic", "SSlogis(lconc, Asym, xmid, scal)", density ~ SSlogis(lconc, Asym, xmid, scal), dn[, c("lconc", "density")])
lob <- as.data.frame(datasets::Loblolly[datasets::Loblolly$Seed == "301", c("age", "height")])
add("asymptotic", "SSasymp(age, Asym, R0, lrc)", height ~ SSasymp(age, Asym, R0, lrc), lob)
pur <- as.data.frame(datasets::Puromycin[datasets::Puromycin$state == "treated", c("conc", "rate")])
add("michaelisMenten", "SSmicmen(conc, Vm, K)", rate ~ SSmicmen(conc, Vm, K), pur)
indo <- as.data.frame(datasets::Indometh[datasets::Indometh$Subject == 1, c("time", "conc")])
add("biexponential", "SSbiexp(time, A1, lrc1, A2, lrc2)", conc ~ SSbiexp(time, A1, lrc1, A2, lrc2), indo)
add("gompertz", "SSgompertz(lconc, Asym, b2, b3)", density ~ SSgompertz(lconc, Asym, b2, b3), dn[, c("lconc", "density")])
th <- as.data.frame(datasets::Theoph[datasets::Theoph$Subject == 1, c("Dose", "Time", "conc")])
add("firstOrderCompartment", "SSfol(Dose, Time, lKe, lKa, lCl)", conc ~ SSfol(Dose, Time, lKe, lKa, lCl), th)
og <- as.data.frame(datasets::Orange); og$Tree <- factor(as.character(og$Tree))
ctl <- nlmeControl(tolerance = 1e-9, pnlsTol = 1e-7, maxIter = 500, msMaxIter = 500)
mixed <- list()
mix <- function(id, call, f, sds, corr = NULL) mixed[[id]] <<- sprintf(
  '    {"id": "%s", "call": "%s", "fixed": {%s}, "se": [%s], "sd": [%s], "corr": [%s], "logLik": %.12g}', id, call,
  paste(sprintf('"%s": %.12g', names(fixef(f)), fixef(f)), collapse = ", "), num(sqrt(diag(as.matrix(vcov(f))))), num(sds),
  if (is.null(corr)) "" else num(corr), as.numeric(logLik(f)))
f <- nlme(circumference ~ SSlogis(age, Asym, xmid, scal), og, fixed = Asym + xmid + scal ~ 1, random = Asym ~ 1 | Tree,
  start = c(192, 728, 348), control = ctl)
mix("orange", "nlme(random = Asym ~ 1 | Tree)", f, as.numeric(VarCorr(f)[, "StdDev"]))
f <- nlme(circumference ~ SSlogis(age, Asym, xmid, scal), og, fixed = Asym + xmid + scal ~ 1, random = Asym + xmid ~ 1 | Tree,
  start = c(192, 728, 348), control = ctl)
mix("orangeCorrelated", "nlme(random = Asym + xmid ~ 1 | Tree)", f, as.numeric(VarCorr(f)[, "StdDev"]), as.numeric(VarCorr(f)[2, 3]))
f <- nlmer(circumference ~ SSlogis(age, Asym, xmid, scal) ~ Asym | Tree, og, start = c(Asym = 192, xmid = 728, scal = 348))
mix("orangeLaplace", "nlmer(~ Asym | Tree)", f, c(attr(VarCorr(f)$Tree, "stddev"), sigma(f)))
lo <- as.data.frame(datasets::Loblolly); lo$Seed <- factor(as.character(lo$Seed))
f <- nlme(height ~ SSasymp(age, Asym, R0, lrc), lo, fixed = Asym + R0 + lrc ~ 1, random = Asym ~ 1 | Seed,
  start = c(103, -8.5, -3.3), control = ctl)
mix("loblolly", "nlme(random = Asym ~ 1 | Seed)", f, as.numeric(VarCorr(f)[, "StdDev"]))
writeLines(c(sprintf('{"made": "R %s, nlme %s, lme4 %s; tables of package datasets", ', getRversion(), packageVersion("nlme"), packageVersion("lme4")),
  '  "selfStart": [', paste0(unlist(selfstart), c(rep(",", length(selfstart) - 1), "")), '  ],', '  "mixed": [',
  paste0(unlist(mixed), c(rep(",", length(mixed) - 1), "")), '  ],', sprintf('  "Orange": {%s},', table(og)), sprintf('  "Loblolly": {%s}}', table(lo))),
  "nonlinear-fits.json")
