/** The covariance of a fit's estimates, with their names. */
import { optional } from "valibot";
import { ofMean } from "../families/of-mean.ts";
import { robustInference } from "../frequentist/robust/robust-inference.ts";
import { robustTests } from "../frequentist/robust/robust-tests.ts";
import { adjustedCovariance } from "../frequentist/small-sample/coefficient-inference.ts";
import { declarationFault } from "../messages/issue.ts";
import { ddfHasNoCovariance, fullNeedsLikelihood, fullNotRobust } from "../messages/objects.ts";
import type { Fit, ParameterDraws } from "../model/fit.ts";
import { ownDraws } from "../model/own-numbers.ts";
import { estimatedParameters, parameterLabel, type ReportedParameter } from "../model/reported-parameters.ts";
import { requireFit } from "../model/require-fit.ts";
import { ddfOption, robustAsked, robustEntries } from "../model/tidy-options.ts";
import { flag } from "../options/kinds.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { formatColumn } from "../report/format-number.ts";
import { type Printable, printable } from "../report/printable.ts";
import { textTable } from "../report/text-table.ts";
import type { ColumnsOfFit, ColumnsToCluster } from "./checked-columns.ts";

const vcovOptions = optionsSchema({
  /** True: standard deviations, correlations and the family's parameters too, as tables report them. Default false: fixed effects. */
  full: optional(flag, false),
  /** `kenward-roger`: the covariance of a REML fit's coefficients adjusted for the estimation of the variances, as pbkrtest's `vcovAdj`. */
  ddf: optional(ddfOption),
  ...robustEntries,
});

export type VcovOptions = OptionsOf<typeof vcovOptions>;

export interface NamedCovariance extends Printable {
  /** Names of rows and columns, as tables with one column for them have them: `period2`, `herd sd__(Intercept)`. */
  readonly names: readonly string[];
  /** Rows of the matrix; null for what has no error: at a boundary, at infinity, not identified. */
  readonly matrix: readonly (readonly (number | null)[])[];
}

/** The natural covariance at a point carried to reported parameters: GVG'. */
function byDeltaMethod(
  parameters: readonly ReportedParameter[],
  x: Float64Array,
  covariance: Float64Array,
  undetermined: readonly string[],
): (number | null)[][] {
  const size = x.length;
  const gradients = parameters.map((parameter) => {
    const out = new Float64Array(size);
    parameter.gradient(x, out);
    return out;
  });
  const products = gradients.map((gradient) => {
    const out = new Float64Array(size);
    for (let i = 0; i < size; i++)
      if (gradient[i] !== 0) for (let j = 0; j < size; j++) out[j]! += gradient[i]! * covariance[i * size + j]!;
    return out;
  });
  const entry = (a: number, b: number) => products[a]!.reduce((sum, value, j) => sum + value * gradients[b]![j]!, 0);
  const has = parameters.map((parameter, a) => !undetermined.includes(parameterLabel(parameter)) && entry(a, a) > 0);
  return parameters.map((_, a) =>
    parameters.map((__, b) => (has[a] && has[b] ? entry(Math.max(a, b), Math.min(a, b)) : null)),
  );
}

/** The covariance of the draws of parameters. */
function ofDraws(parameters: readonly ReportedParameter[], draws: ParameterDraws): number[][] {
  const count = draws.chains * draws.drawsPerChain;
  const values = parameters.map(({ value }) =>
    Float64Array.from({ length: count }, (_, d) => value(draws.values.subarray(d * draws.size, (d + 1) * draws.size))),
  );
  const deviations = values.map((own) => {
    const mean = own.reduce((sum, value) => sum + value, 0) / count;
    return own.map((value) => value - mean);
  });
  return deviations.map((a) =>
    deviations.map((b) => a.reduce((sum, value, d) => sum + value * b[d]!, 0) / (count - 1)),
  );
}

/**
 * The covariance of the fixed effects' estimates with their names, or, with `{ full: true }`, of all parameters that tables report: of a posterior
 * that of its draws; of a fit by estimating equations that of the kind its errors are. `{ vcov: "CR2", cluster }`: the cluster-robust covariance of the
 * mean's coefficients (with `full` of all parameters, but of Gaussian fits), clubSandwich's `vcovCR`; its diagonal has the squared errors of
 * `tidy({ vcov: "CR2", cluster })`.
 *
 * @throws DeclarationError for unknown options, for `full` of a fit by estimating equations or of a Gaussian fit's robust covariance, and for
 *   a robust covariance of fits that have none
 * @example
 * const { names, matrix } = vcov(fit);
 * vcov(fit, { full: true }).print();
 */
export function vcov<
  const F extends Fit,
  const Cluster extends string = never,
  const Clusters extends readonly string[] = never,
>(fit: F, options?: VcovOptions & ColumnsToCluster<ColumnsOfFit<F>, Cluster, Clusters>): NamedCovariance;
export function vcov(fit: Fit, options?: VcovOptions): NamedCovariance {
  requireFit(fit, "vcov()");
  const { full, ddf, vcov: kind, cluster } = readOptions(vcovOptions, options, { of: "vcov()" });
  const robust = robustAsked({ vcov: kind, cluster });
  if (full && fit.kind === "gee") throw declarationFault(fullNeedsLikelihood());
  const adjusted = ddf === "kenward-roger";
  if (ddf !== undefined && !adjusted && ddf !== "normal") throw declarationFault(ddfHasNoCovariance(ddf));
  if (adjusted && (full || fit.kind !== "ml")) throw declarationFault(ddfHasNoCovariance(ddf, full));
  // degrees of freedom change nothing of the matrix; Kenward and Roger's adjustment is refused beside it
  const choice = robust && { ...robust, ddf };
  const whole = choice && robustTests(fit, choice).covariance;
  // of generalised least squares the coefficients alone have one
  if (choice && full && !whole) throw declarationFault(fullNotRobust());
  const parameters = estimatedParameters(fit.model).filter(({ effect }) => full || effect === "fixed");
  const names = parameters.map(parameterLabel);
  const matrix =
    fit.kind === "posterior"
      ? ofDraws(parameters, ownDraws(fit))
      : byDeltaMethod(
          parameters,
          fit.estimate,
          whole ?? fit.covariance,
          "undetermined" in fit ? (fit.undetermined as readonly string[]) : [],
        );
  if (adjusted && fit.kind === "ml") {
    const own = adjustedCovariance(fit);
    const { size } = ofMean(fit.model.layout.beta);
    for (let a = 0; a < size; a++)
      for (let b = 0; b < size; b++) if (matrix[a]![b] !== null) matrix[a]![b] = own[a * size + b]!;
  }
  if (choice && !whole) {
    const { covariance } = robustInference(fit, choice);
    const { size } = ofMean(fit.model.layout.beta);
    const unit = (a: number) => Float64Array.from({ length: size }, (_, k) => (k === a ? 1 : 0));
    // the mean's coefficients come first; those of other predictors have no robust covariance
    for (let a = 0; a < names.length; a++)
      for (let b = 0; b < names.length; b++)
        if (matrix[a]![b] !== null)
          matrix[a]![b] = a < size && b < size ? covariance(unit(Math.max(a, b)), unit(Math.min(a, b))) : null;
  }
  const rows = () =>
    names.map((term, a) => ({ term, ...Object.fromEntries(names.map((name, b) => [name, matrix[a]![b]])) }));
  return printable(
    { names, matrix: matrix as readonly (readonly (number | null)[])[] },
    (style) =>
      textTable(
        [
          { header: "", cells: names, align: "left" },
          ...names.map((header, b) => ({ header, cells: formatColumn(matrix.map((row) => row[b])) })),
        ],
        style,
      ).join("\n"),
    rows,
  );
}
