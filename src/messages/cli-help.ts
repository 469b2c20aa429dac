/** Texts of the help of the program and of each command. */

/** Help of the program and of each command. */
export const help = {
  program:
    "Hierarchical (mixed-effects) models: declare once, fit by maximum likelihood or sample the posterior, compare.",
  fit: "Fit by maximum (marginal) likelihood: exact for Gaussian models, else Laplace or adaptive Gauss-Hermite quadrature.",
  sample: "Sample the posterior by Hamiltonian Monte Carlo, with random effects integrated out wherever that pays.",
  predict: "Fit (or sample), then predict the rows of another table.",
  compare: "Fit by one or more methods, sample the posterior, and print the estimates side by side.",
  average: "Fit (or sample), then average the response over the population: random effects integrated out.",
  anova:
    "Fit, then test the terms of the model (F or Wald), or test it against a smaller one: likelihood ratio, bootstrap, Kenward-Roger, exact.",
  hypothesis: "Fit (or sample), then test hypotheses about parameters: differences, ratios, directions, equivalence.",
  drop1: "Fit, then leave out each term of the mean that no other contains, one at a time: AIC and tests.",
  power:
    "Power of a test by simulation: of a pilot with parameters changed, or from declared parameters; along sizes, and the size that has a power.",
  reduce: "Fit, then leave out the random terms that are not needed, step by step: correlations, slopes, terms.",
  add1: "Fit, then add each term of a scope to the mean, one at a time: AIC and tests.",
  check:
    "Fit (or sample), then check the fit against its data: predictive checks, quantile residuals, leaving out, evidence.",
  bootstrap:
    "Fit, then refit to clusters drawn with replacement, simulated responses, resampled residuals or reweighted clusters: standard errors and intervals of every parameter.",
  file: "table to read: CSV, also compressed with gzip; the first line names the columns",
  exitCodes:
    "\nExit code: 0 for a fit, a doubtful one too (its warnings say so), 2 for bad input and places that cannot be written (every fault on stderr), 130 when interrupted, 1 for an internal error.",
  programExamples: `
Examples:
  marginalia fit sleepstudy.csv --formula "Reaction ~ Days + (Days | Subject)"
  marginalia fit cbpp.csv --formula "incidence | trials(size) ~ factor(period) + (1 | herd)" --family binomial
  marginalia help sample
`,
  fitExamples: `
Examples:
  # a linear mixed model by REML (the default for gaussian)
  marginalia fit sleepstudy.csv --formula "Reaction ~ Days + (Days | Subject)"

  # a binomial one by quadrature with 25 nodes; period is a number in the file, a factor in the model
  marginalia fit cbpp.csv --formula "incidence | trials(size) ~ period + (1 | herd)" \\
      --family binomial --factor period=1,2,3,4 --method agq:25

  # a semicolon file with decimal commas, as JSON
  marginalia fit velo.csv --delimiter ";" --decimal , --formula "count ~ temp + (1 | station)" --family nbinom2 --json
`,
  anovaExamples: `
Examples:
  # F tests of each term given all others, with Satterthwaite's degrees of freedom
  marginalia anova machines.csv --formula "score ~ Machine + (1 | Worker/Machine)" --type 3

  # a model against one nested in it
  marginalia anova sleepstudy.csv --null "Reaction ~ Days + (1 | Subject)" --formula "Reaction ~ Days + (Days | Subject)"
`,
  hypothesisExamples: `
Examples:
  marginalia hypothesis sleepstudy.csv --formula "Reaction ~ Days + (Days | Subject)" --hypothesis "Days > 5"

  # two differences at once, their p values by the multivariate t
  marginalia hypothesis cbpp.csv --formula "incidence | trials(size) ~ period + (1 | herd)" --family binomial --factor period=1,2,3,4 \\
      --hypothesis "period2 = period3" --hypothesis "period3 = period4" --adjust mvt
`,
  drop1Examples: `
Examples:
  # F tests of a REML fit, with Satterthwaite's degrees of freedom; likelihood ratios of a fit by maximum likelihood
  marginalia drop1 machines.csv --formula "score ~ Machine + (1 | Worker/Machine)"
  marginalia drop1 machines.csv --formula "score ~ Machine + (1 | Worker/Machine)" --method ml
`,
  powerExamples: `
Examples:
  # of a pilot, with the effect that matters, at 20, 40 and 80 subjects
  marginalia power sleepstudy.csv --formula "Reaction ~ Days + (Days | Subject)" --parameter Days=5 --along Subject=20,40,80 --seed 1

  # the number of subjects with power 0.9, between 10 and 200
  marginalia power sleepstudy.csv --formula "Reaction ~ Days + (Days | Subject)" --parameter Days=5 --solve Subject=10,200 --target 0.9

  # from declared parameters alone: the table has no column y
  marginalia power design.csv --formula "y ~ arm + (1 | g)" --parameter "(Intercept)=0" --parameter arm=0.5 \\
      --parameter "sd:g.(Intercept)=0.7" --parameter sigma=1 --test arm --by lrt
`,
  reduceExamples: `
Examples:
  # from the maximal model down, by likelihood ratios with the level of Matuschek et al. (2017), or by AIC
  marginalia reduce sleepstudy.csv --formula "Reaction ~ Days + (Days | Subject)" --method reml --alpha 0.2
  marginalia reduce sleepstudy.csv --formula "Reaction ~ Days + (Days | Subject)" --criterion AIC
`,
  add1Examples: `
Examples:
  marginalia add1 sleepstudy.csv --formula "Reaction ~ 1 + (1 | Subject)" --method ml --scope "~ . + Days + I(Days^2)"
`,
  sampleExamples: `
Examples:
  # keep the fit, and its draws for other programs; take up a run that was stopped
  marginalia sample sleepstudy.csv --formula "Reaction ~ Days + (Days | Subject)" --save sleep.json --draws-out draws.arrow \\
      --checkpoint run.json
  marginalia sample --resume run.json

  marginalia sample sleepstudy.csv --formula "Reaction ~ Days + (Days | Subject)" --seed 1 \\
      --prior "sd:Subject.Days=halfNormal(20)" --prior "cor:Subject=lkj(2)"

  marginalia sample cbpp.csv --formula "incidence | trials(size) ~ period + (1 | herd)" --family binomial \\
      --factor period=1,2,3,4 --prior "fixed=normal(0,2.5)" --prior "fixed:(Intercept)=normal(0,5)" --draws 2000
`,
  predictExamples: `
Examples:
  # from a fit that 'fit --save' or 'sample --save' wrote
  marginalia predict --fit sleep.json --newdata next-week.csv

  # the rows that were fitted
  marginalia predict --fit sleep.json --conf-level 0.9

  marginalia predict sleepstudy.csv --formula "Reaction ~ Days + (Days | Subject)" --newdata next-week.csv
  marginalia predict cbpp.csv --formula "incidence | trials(size) ~ period + (1 | herd)" --family binomial \\
      --factor period=1,2,3,4 --newdata new-herds.csv --estimand population
`,
  compareExamples: `
Examples:
  marginalia compare cbpp.csv --formula "incidence | trials(size) ~ period + (1 | herd)" --family binomial \\
      --factor period=1,2,3,4 --method laplace --method agq:25 --seed 1
`,
  diagnose:
    "Fit (or sample), then say what is doubtful about the fit and what to try: convergence, separation, boundary, collinearity, groups, dispersion, zeros, integral, influence.",
  diagnoseExamples: `
Examples:
  marginalia diagnose cbpp.csv --formula "incidence | trials(size) ~ period + (1 | herd)" --family binomial
  marginalia diagnose --fit cbpp.json --json
`,
  checkExamples: `
Examples:
  # does the model make such data? by period
  marginalia check --fit cbpp.json --predictive mean,sd,zeros --group period

  # leave one herd out, random effects integrated out; two models
  marginalia check --fit cbpp.json --loo group --against constant.json

  # Bayes factor; residuals of each row from the other rows, as JSON
  marginalia check --fit cbpp.json --evidence --against constant.json
  marginalia check --fit cbpp.json --residuals --leave-one-out --json
`,
  bootstrapExamples: `
Examples:
  # coefficients of estimating equations; the clusters are those of --id
  marginalia bootstrap ohio.csv --formula "resp ~ age * smoke" --family binomial --method gee:exchangeable --id id --seed 1

  # responses simulated from the fit, on four threads, with BCa and percentile intervals
  marginalia bootstrap sleepstudy.csv --formula "Reaction ~ Days + (Days | Subject)" --kind parametric --interval bca,percentile \\
      --draws 1999 --seed 1 --workers 4

  # keep the estimates of all resamples, and what is done of a long run
  marginalia bootstrap ovary.csv --formula "follicles ~ Time" --correlation "corAR1(~ 1 | Mare)" --save boot.json --checkpoint run.json

  # from a fit that 'fit --save' wrote
  marginalia bootstrap --fit cbpp.json --cluster herd --seed 1
`,
  averageExamples: `
Examples:
  # from a fit that 'fit --save' or 'sample --save' wrote
  marginalia average --fit cbpp.json --by period

  # the risk in each period, averaged over herds, beside that of a herd with random effect 0
  marginalia average cbpp.csv --formula "incidence | trials(size) ~ period + (1 | herd)" --family binomial \\
      --factor period=1,2,3,4 --by period

  # at chosen values (a crossed grid); columns not named are averaged over the rows of the data
  marginalia average toenail.csv --formula "outcome ~ treatment * time + (1 | patient)" --family binomial \\
      --at time=0,6,12 --by treatment

  # all pairs of periods, of the population average alone, with 90 % intervals
  marginalia average --fit cbpp.json --by period --compare pairwise --estimand population --conf-level 0.9
`,
} as const;
