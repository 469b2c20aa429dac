/** Texts of faults and warnings of generalised estimating equations, their tests, and the cluster bootstrap. */

import { type FitWarning, type Issue, issue } from "./issue.ts";
import { listedWithAnd } from "./lists.ts";

const rowsText = (rows: readonly number[]) => `${rows.length === 1 ? "row" : "rows"} ${listedWithAnd(rows)}`;

export const unknownClusterColumn = (name: string, role: "id" | "wave", nearest: string | null): string =>
  `The table has no column '${name}', which was named as the ${role === "id" ? "cluster (id)" : "occasion (wave)"}${nearest ? `; did you mean '${nearest}'?` : "; name one of its columns."}`;

export const missingCluster = (name: string, rows: readonly number[]): string =>
  `The cluster column '${name}' has no value in ${rowsText(rows)}; fill it in, or leave these rows out of the table.`;

export const missingWave = (name: string, rows: readonly number[]): string =>
  `The wave column '${name}' has no value in ${rowsText(rows)}; fill it in, or leave these rows out of the table.`;

export const fractionalWave = (name: string, rows: readonly number[]): string =>
  `The wave column '${name}' is not a whole number in ${rowsText(rows)}; number the occasions 1, 2, …, or round the times to a unit.`;

export const coarseWave = (name: string, step: number): string =>
  `The wave column '${name}' goes up by at least ${step} from one occasion to the next; an AR(1) is a correlation over one unit, so divide the column by ${step} or so.`;

export const repeatedWave = (name: string, wave: string, cluster: string): string =>
  `Cluster '${cluster}' has two rows with ${name} = ${wave}; a wave may occur once in a cluster: correct the column, or leave --wave out to number the rows in their order.`;

export const oneCluster = (name: string): string =>
  `All rows belong to one cluster of '${name}'; a GEE needs many clusters, since its standard errors come from the differences between them.`;

export const randomTerms = (groups: readonly string[]): string =>
  `A GEE models the population mean and has no random effects, but the declaration has random terms in ${listedWithAnd(groups.map((group) => `'${group}'`))}; leave them out and name the clusters with id, or fit the declaration by maximum likelihood.`;

export const severalPredictors = (family: string): string =>
  `A GEE has one linear predictor, and the declaration of family '${family}' has several; declare the mean only, without .dispersion() or .parameter() (--dispersion, --predictor).`;

export const noVarianceFunction = (family: string): string =>
  `The family '${family}' states no variance, which a GEE needs: give it one with variance(ops, row).`;

export const frequencyWithinCluster = (name: string, cluster: string, row: number): string =>
  `The frequency weights '${name}' differ within cluster '${cluster}' (row ${row}): whole clusters can be counted several times, single rows of one cannot, since the copies' correlation is not known. Give all rows of a cluster the same weight, or expand the table.`;

export const residualStructure = (): string =>
  "The declaration has a residual structure of its own; a GEE takes its working correlation from gee({ correlation }): leave .residual() out.";

export const fixedTooSmall = (size: number, occasions: number): string =>
  `The fixed working correlation is ${size} × ${size}, but the clusters were seen at ${occasions} occasions; give a matrix with a row for each.`;

export const unknownParameter = (name: string, family: string, known: readonly string[]): string =>
  `The family '${family}' has no parameter '${name}'${known.length > 0 ? `; it has ${listedWithAnd(known)}.` : " and needs none."}`;

export const missingParameter = (name: string, family: string): string =>
  `A GEE does not estimate the parameter '${name}' of family '${family}', which its variance needs: give it, as gee({ parameters: { ${name}: 2 } }) or --parameter ${name}=2.`;

export const badParameter = (name: string, family: string, value: number): string =>
  `The parameter '${name}' of family '${family}' cannot be ${value}; give a number in its range.`;

export const tooFewClusters = (kind: string, clusters: number, parameters: number): string =>
  `The jackknife errors '${kind}' need more clusters than parameters, but there are ${clusters} clusters and ${parameters} parameters; use 'MD' or 'KC', or a simpler model.`;

export const geeExact = (): string =>
  "The coefficients fit every row exactly: the scale is zero to rounding, and there is nothing to estimate a correlation or errors from. Drop columns, or check whether the response is computed from the columns.";

export const geeConverged = (iterations: number, step: number): string =>
  `The estimating equations were solved in ${iterations} iterations; the last step was ${step.toExponential(1)} standard errors.`;

export const geeNotConverged = (iterations: number, step: number): string =>
  `The estimating equations were not solved in ${iterations} iterations: the last step was still ${step.toExponential(1)} standard errors. Try a simpler working correlation, or check whether some column predicts the response perfectly.`;

export const geeSingularCorrelation = (): string =>
  "The working correlation became singular during the iteration; try a simpler one, as exchangeable or independence.";

export const geeSingularInformation = (): string =>
  "The data do not identify all coefficients: the information of the estimating equations is singular. Remove a term.";

export const geeIndefinite = (patterns: number): string =>
  `The working correlation that the moments give is not positive definite for ${patterns === 1 ? "one pattern" : `${patterns} patterns`} of occasions, as happens where pairs of occasions are estimated from different clusters because waves are missing, and with it the equations have no solution. The coefficients themselves may well be identified: choose a working correlation with fewer parameters, as exchangeable(), ar1() or independence().`;

export const geeSeparation = (rows: number): string =>
  `Separation is suspected: the estimated mean is 0 or 1 in ${rows} ${rows === 1 ? "row" : "rows"}, because some columns predict the response there perfectly, and their coefficients grow without bound. The estimates and their standard errors mean nothing; drop the term, or merge its levels.`;

export const geePerfectCorrelation = (): string =>
  "The working correlation reached 1: within clusters the response hardly varies, so that coefficients of columns that do vary there are not identified. Use independence(), or one row a cluster.";

export const geeUndefinedMean = (): string =>
  "The means left the range that the family allows during the iteration; use another link, as log, which keeps every mean possible.";

export const indefiniteCorrelation = (patterns: number): FitWarning => ({
  code: "indefinite-correlation",
  message: `The working correlation at its estimate is not positive definite for ${patterns === 1 ? "one pattern" : `${patterns} patterns`} of occasions. The coefficients still solve the equations, but the naive errors mean nothing; choose a working correlation with fewer parameters.`,
});

export const fewClusters = (clusters: number, kind: string): FitWarning => ({
  code: "few-clusters",
  message: `There are only ${clusters} clusters, where ${kind} standard errors are too small on average; ask for stdErr 'KC', 'MD' or 'FG', or the jackknife 'j1s'.`,
});

export const estimandNotOfGee = (estimand: string): string =>
  `A GEE models the population mean and knows no groups, so it has no ${estimand} mean: ask for the estimand "population", or fit random effects by maximum likelihood.`;

export const noDistribution = (what: string): string =>
  `${what} needs a distribution of the response, and a GEE states its mean and variance only; fit the declaration by maximum likelihood or sample it.`;

export const marginalOfGee = (): string =>
  "The coefficients of a GEE are population-averaged already: read them from tidy(), or put the fit beside others in compareMarginal().";

export const waldTermsWrong = (): string =>
  "waldTest() tests a term or coefficient by its name, or a list of them together; give a text or an array of texts.";
export const waldNeedsCovariance = (): string =>
  "waldTest() tests a fit by maximum likelihood or estimating equations; of a posterior the intervals of tidy() and the draws say more.";
export const waldTermUnknown = (term: string, known: readonly string[]): string =>
  `The fit has no coefficient or term '${term}'; name some of ${listedWithAnd(known)}.`;

export const waldSingular = (terms: readonly string[]): string =>
  `The covariance of ${listedWithAnd(terms)} is singular, so they cannot be tested together; test fewer at a time.`;

export const scoreNeedsGee = (): string =>
  "The score test is of two fits by estimating equations; compare fits by maximum likelihood with anova(smaller, larger).";

export const scoreNotNested = (missing: readonly string[]): string =>
  `The score test needs the larger model to contain the smaller one, but it lacks ${listedWithAnd(missing)}; declare both on the same columns and contrasts.`;

export const scoreSameModel = (): string =>
  "The two models have the same coefficients, so there is nothing to test; add the terms in question to the larger one.";

export const scoreDifferentData = (): string =>
  "The two models do not use the same rows, response or clusters, so they cannot be tested against each other; fit both to the rows complete in all columns.";

export const attenuationNeedsLink = (family: string, link: string): string =>
  `The attenuation formula of Zeger, Liang & Albert is known for the identity, log, logit and probit links, not for ${family} with link '${link}'; use marginalCoefficients(), which integrates for any link.`;

export const bootstrapNeedsCluster = (groups: readonly string[]): string =>
  groups.length === 0
    ? "The cluster bootstrap needs to know the clusters: pass { cluster: 'column' }, or --cluster column."
    : `The fit has several grouping factors (${listedWithAnd(groups)}); say which to resample, as { cluster: '${groups[0]}' } or --cluster ${groups[0]}: the outermost.`;

export const bootstrapFractions = (weight: number): string =>
  `The frequency weights count clusters, and one of them is counted ${weight} times: clusters can be drawn only if the weights are whole numbers.`;

export const bootstrapStatistic = (): string =>
  "The statistic of a bootstrap must return an object of numbers with at least one entry, such as { effect: 0.3 }; return the quantities of interest by name.";

export const bootstrapNotEngine = (): string =>
  "The cluster bootstrap refits by maximum likelihood or by estimating equations; for a posterior, the draws already are the uncertainty: use its intervals.";

export const bootstrapNotConverged = (reason: string): string => `The fit did not converge: ${reason}`;

export const weightedSearchFailed = (): string => "the search for the weighted maximum ended at none.";

export const bootstrapNotNumbers = (names: readonly string[]): string =>
  `The statistic was not a finite number for ${listedWithAnd(names)}.`;

export const bootstrapDifferentNames = (): string =>
  "The statistic had other names than in the original fit; return the same quantities from every fit.";

const MOST_REASONS = 4;

/** The first sentence of a reason, of separation the word alone, whose sentence counts rows. */
function kindOfReason(reason: string): string {
  const plain = reason.replace(/^The fit did not converge: /, "");
  return /^Separation\b/.test(plain) ? "separation" : plain.split(/\.(?:\s|$)/, 1)[0]!;
}

/** @param failures with their reasons, which are counted by kind */
export const bootstrapFailures = (failures: readonly { readonly reason: string }[], total: number): FitWarning => {
  const counts = new Map<string, number>();
  for (const { reason } of failures) {
    const kind = kindOfReason(reason);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const reasons = [...counts].sort((a, b) => b[1] - a[1]).map(([kind, count]) => `${kind} (${count})`);
  const others = reasons.length - MOST_REASONS;
  return {
    code: "bootstrap-failures",
    message: `${failures.length} of ${total} resample${total === 1 ? "" : "s"} could not be fitted and ${failures.length === 1 ? "is" : "are"} left out of the intervals, which are too narrow where such resamples are the extreme ones. By reason: ${reasons.slice(0, MOST_REASONS).join("; ")}${others > 0 ? `; and ${others} more` : ""}.`,
  };
};

/** @param groups grouping factors of which a level has rows in several clusters */
export const bootstrapCutsGroups = (columns: readonly string[], groups: readonly string[]): Issue =>
  issue(
    "bootstrap-cluster",
    ["bootstrap", "cluster"],
    `The clusters of ${listedWithAnd(columns)} are not independent in the model: levels of ${listedWithAnd(groups)} have rows in several of them. Name a column whose clusters hold whole levels, or leave cluster out.`,
  );

export const bootstrapCrossed = (groups: readonly string[]): FitWarning => ({
  code: "bootstrap-crossed",
  message: `Levels of ${listedWithAnd(groups)} have rows in several clusters and are the same in every resample, so that errors and intervals leave out how estimates vary with them: take { kind: "parametric" } for all of it.`,
});

export const bootstrapFew = (kept: number): FitWarning => ({
  code: "bootstrap-few",
  message: `${kept === 1 ? "One resample has no spread to make intervals of" : `Percentile intervals from ${kept} resamples are rough`}; take 999 or more.`,
});

export const nothingMarginal = (): string =>
  "There is nothing to compare: pass fits by name, as compareMarginal({ glmm, gee }).";
