/** Texts of residual variance functions and correlation structures. */
import { type Issue, issue } from "./issue.ts";
import { listed } from "./lists.ts";

export const unreadableStructure = (text: string, reason: string): Issue =>
  issue("residual-syntax", ["residual"], `The residual structure "${text}" cannot be read: ${reason}.`);

export const unknownStructure = (name: string, part: "variance" | "correlation", known: readonly string[]): Issue =>
  issue(
    "unknown-residual-structure",
    ["residual", part],
    `There is no ${part} structure ${name}; the ${part} structures are ${listed(known)}.`,
  );

export const nestedCombination = (): Issue =>
  issue(
    "residual-syntax",
    ["residual", "variance"],
    "varComb() combines simple variance functions; list them all in one varComb() instead of nesting it.",
  );

export const covariateNeeded = (kind: string): Issue =>
  issue(
    "residual-covariate",
    ["residual", kind],
    `${kind}() needs a variance covariate: write ${kind}(~ x), or ${kind}(~ fitted(.)) for the fitted values.`,
  );

export const strataNeeded = (): Issue =>
  issue(
    "residual-covariate",
    ["residual", "varIdent"],
    "varIdent() needs strata: write varIdent(~ 1 | g), with the column whose levels have variances of their own.",
  );

export const strataOnly = (by: readonly string[]): Issue =>
  issue(
    "residual-covariate",
    ["residual", "varIdent"],
    `varIdent() has a variance for each stratum and reads no covariate: write varIdent(~ 1 | ${by.join(":")}), or varPower() or varExp() for a variance that changes with a covariate.`,
  );

export const fixedHasNoStrata = (): Issue =>
  issue(
    "residual-strata",
    ["residual", "varFixed"],
    "varFixed() has no parameters that could differ between strata: write varFixed(~ x), beside varIdent(~ 1 | g) in varComb() for variances of the strata.",
  );

export const sameCovariance = (kind: string, group: string): string =>
  `A random intercept of ${group} gives its rows a common covariance, which ${kind}(~ 1 | ${group}) has already: the data cannot tell the two apart, and their standard errors mean nothing. Keep one of them.`;

export const oneSeries = (kind: string, group: string): string =>
  `${kind}() names no groups, so all rows are one series in their order, across the levels of ${group}; for a series in each level, which is what nlme's lme() means by it, write ${kind}(~ 1 | ${group}).`;

export const badOrders = (p: unknown, q: unknown): Issue =>
  issue(
    "residual-orders",
    ["residual", "corARMA"],
    `corARMA() takes whole orders p and q from 0 to 10 that are not both 0, but was given p = ${p} and q = ${q}.`,
  );

export const coordinatesNeeded = (kind: string): Issue =>
  issue(
    "residual-covariate",
    ["residual", kind],
    `${kind}() measures distances between coordinates: name at least one numeric column, as ${kind}(~ x + y) or ${kind}(~ time | group).`,
  );

export const oneCovariateOnly = (kind: string, count: number): Issue =>
  issue(
    "residual-covariate",
    ["residual", kind],
    `${kind}() takes one time covariate, but ${count} are given; write ${kind}(~ time | group).`,
  );

export const continuousTimeNeeded = (): Issue =>
  issue(
    "residual-covariate",
    ["residual", "corCAR1"],
    "corCAR1() needs the time of each row: write corCAR1(~ time | group); for equally spaced rows corAR1(~ 1 | group) is meant.",
  );

export const onlyGaussian = (family: string, link: string): Issue =>
  issue(
    "residual-not-gaussian",
    ["residual"],
    `A residual structure needs a Gaussian response with identity link, but the family is ${family} with link ${link}; leave .residual() out, or model the groups by random effects.`,
  );

export const frequencyWeights = (): Issue =>
  issue(
    "residual-frequency-weights",
    ["residual", "frequencyWeights"],
    "Frequency weights make copies of a row, and it is not defined how the residuals of copies correlate; expand the table, or leave the residual structure out.",
  );

export const onePredictor = (): Issue =>
  issue(
    "residual-one-predictor",
    ["residual"],
    'A residual structure has a place beside a predictor of the dispersion where the mean is linear and that predictor has fixed terms alone: its rows have a density together. Leave .residual() out, or the random terms of .dispersion(). Of variance functions varIdent is .dispersion("~ factor"), and varExp .dispersion("~ x").',
  );

export const missingInNewRows = (label: string, row: number): Issue =>
  issue(
    "residual-missing",
    ["residual"],
    `Row ${row} of the new data has no value of ${label}, which the residual structure needs; fill it in or leave the row out.`,
  );

export const notWhole = (kind: string, label: string, row: number, value: number): Issue =>
  issue(
    "residual-time",
    ["residual", kind],
    `${kind}() needs whole numbers as time, but ${label} in row ${row} is ${value}; use corCAR1() for continuous time.`,
  );

export const repeatedTime = (kind: string, label: string, group: string | null, value: number, row: number): Issue =>
  issue(
    "residual-time",
    ["residual", kind],
    `${kind}() needs different times within a group, but ${label} = ${value} occurs twice${group === null ? "" : ` in ${group}`} (again in row ${row}); name the groups after "|", or correct the times.`,
  );

export const repeatedPlace = (kind: string, row: number): Issue =>
  issue(
    "residual-distance",
    ["residual", kind],
    `${kind}() without a nugget needs different places within a group, but row ${row} lies where another row of its group does; add nugget = TRUE, name the groups after "|", or correct the coordinates.`,
  );

export const tooManyVisits = (visits: number, most: number): Issue =>
  issue(
    "residual-visits",
    ["residual", "corSymm"],
    `corSymm() estimates a correlation for every pair of ${visits} positions, and at most ${most} positions are supported; number the occasions 1, 2, 3 …, or choose a structure with fewer parameters.`,
  );

export const groupTooLarge = (kind: string, rows: number, most: number): Issue =>
  issue(
    "residual-group-size",
    ["residual", kind],
    `${kind}() factors a matrix of the ${rows} rows of its largest group, and at most ${most} are supported; name smaller groups after "|", or use corAR1() or corCAR1(), whose cost is linear.`,
  );

export const groupsOfOne = (kind: string): Issue =>
  issue(
    "residual-groups",
    ["residual", kind],
    `${kind}() has only groups of one row, in which there is no correlation to estimate; group by a column whose levels have several rows.`,
  );

export const zeroCovariate = (kind: string, label: string, row: number): Issue =>
  issue(
    "residual-covariate",
    ["residual", kind],
    `${kind}() takes powers of ${label}, which is 0 in row ${row}, where no variance is defined; use varConstPower() or varExp(), or shift the covariate.`,
  );

export const negativeVariance = (label: string, row: number, value: number): Issue =>
  issue(
    "residual-covariate",
    ["residual", "varFixed"],
    `varFixed() takes the variance to be proportional to ${label}, which must be positive, but in row ${row} it is ${value}; correct it or drop the row.`,
  );

export const oneStratum = (kind: string, name: string): Issue =>
  issue(
    "residual-strata",
    ["residual", kind],
    `${kind}() is to differ by ${name}, but the rows used have only one level of it; leave it out.`,
  );

export const unknownFixed = (kind: string, name: string, known: readonly string[]): Issue =>
  issue(
    "residual-fixed",
    ["residual", kind],
    `${kind}() has no parameter ${name} to hold fixed; it has ${listed(known)}.`,
  );

export const badFixed = (kind: string, name: string, value: number): Issue =>
  issue("residual-fixed", ["residual", kind], `${kind}() cannot hold ${name} at ${value}, which is out of its range.`);

export const badValue = (kind: string, count: number, wanted: number): Issue =>
  issue(
    "residual-value",
    ["residual", kind],
    `${kind}() was given ${count} ${count === 1 ? "value" : "values"} for its ${wanted} ${wanted === 1 ? "parameter" : "parameters"}; give all of them or none.`,
  );

export const valueOutOfRange = (kind: string, values: readonly number[]): Issue =>
  issue(
    "residual-value",
    ["residual", kind],
    `${kind}() cannot take the value ${listed(values.map(String))}: the correlation matrix it makes would not be positive definite.`,
  );

export const valueNeeded = (kind: string): Issue =>
  issue("residual-value", ["residual", kind], `${kind}() is to be held fixed, but no value is given; add value = ….`);

export const unseenStratum = (kind: string, name: string, row: number): Issue =>
  issue(
    "residual-strata",
    ["residual", kind],
    `Row ${row} of the new data has a level of ${name} that the fit has not seen, so ${kind}() has no variance for it; leave the row out.`,
  );
