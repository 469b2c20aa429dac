/** Principal components of the random effects' estimated covariance (Bates, Kliegl, Vasishth & Baayen 2015, arXiv:1506.04967): how many dimensions it has. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { MaximumLikelihood } from "../frequentist/maximum-likelihood.ts";
import { DeclarationError } from "../messages/issue.ts";
import * as messages from "../messages/model-choice.ts";
import type { Fit } from "../model/fit.ts";
import { fillFactor } from "../model/parameter-layout.ts";
import { requireFit } from "../model/require-fit.ts";
import { formatColumn } from "../report/format-number.ts";
import { numberColumn } from "../report/number-column.ts";
import { type Printable, printable } from "../report/printable.ts";
import { type Style, textTable } from "../report/text-table.ts";

export interface RandomEffectsComponentRow {
  readonly group: string;
  /** `PC1`, `PC2`, … by falling standard deviation. */
  readonly component: string;
  /** Relative to the residual standard deviation where the fit has one, as lme4's `rePCA`; else on the scale of the link. */
  readonly sd: number;
  /** Share of the group's variance, and of the components so far. Null where all variances are 0. */
  readonly proportion: number | null;
  readonly cumulative: number | null;
  /** The direction by effect, of length 1, its largest entry positive. */
  readonly loadings: Readonly<Record<string, number>>;
}

export interface RandomEffectsComponents extends Printable {
  readonly rows: readonly RandomEffectsComponentRow[];
}

/**
 * The principal components of the covariance of each grouping factor's random effects, all its terms together, in the units of the columns as they are. A component
 * of standard deviation 0 is a dimension that the data do not support: the model has more variances and correlations than they show.
 *
 * @throws DeclarationError for posteriors and estimating equations, and for fits without random effects
 * @example rePCA(fit).print();
 */
export function rePCA(fit: Fit): RandomEffectsComponents {
  requireFit(fit, "rePCA()");
  if (!(fit instanceof MaximumLikelihood)) throw new DeclarationError([messages.componentsNeedFit(fit.method)]);
  const { design, layout } = fit.model;
  if (design.random.length === 0) throw new DeclarationError([messages.componentsNeedEffects()]);
  const sigma = fit.glance().sigma ?? 1;
  const x = fit.estimate;
  const groups = [...new Set(design.random.map(({ group }) => group))];
  const rows = groups.flatMap((group) => {
    const terms = design.random.flatMap((term, t) => (term.group === group ? [t] : []));
    const names = terms.flatMap((t) => design.random[t]!.names);
    const covariance = Matrix.zeros(names.length, names.length);
    let at = 0;
    for (const t of terms) {
      const { q } = layout.terms[t]!;
      const L = new Float64Array(q * q);
      fillFactor(layout.terms[t]!, x, L);
      for (let a = 0; a < q; a++)
        for (let b = 0; b < q; b++) {
          let sum = 0;
          for (let k = 0; k <= Math.min(a, b); k++) sum += L[a * q + k]! * L[b * q + k]!;
          covariance.set(at + a, at + b, sum / (sigma * sigma));
        }
      at += q;
    }
    return componentsOf(group, names, covariance);
  });
  return printable({ rows }, (style) => report(rows, style));
}

/** A share of variance below this is rounding. */
const ROUNDING = 1e-14;

function componentsOf(group: string, names: readonly string[], covariance: Matrix): RandomEffectsComponentRow[] {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  const order = realEigenvalues.map((_, k) => k).sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!);
  const largest = realEigenvalues[order[0]!]!;
  const variances = order.map((k) => (realEigenvalues[k]! > ROUNDING * largest ? realEigenvalues[k]! : 0));
  const total = variances.reduce((sum, value) => sum + value, 0);
  let so = 0;
  return order.map((k, c) => {
    const direction = names.map((_, a) => eigenvectorMatrix.get(a, k));
    const leading = direction.reduce((best, value) => (Math.abs(value) > Math.abs(best) + 1e-12 ? value : best), 0);
    const sign = leading < 0 ? -1 : 1;
    so += variances[c]!;
    return {
      group,
      component: `PC${c + 1}`,
      sd: Math.sqrt(variances[c]!),
      proportion: total > 0 ? variances[c]! / total : null,
      cumulative: total > 0 ? so / total : null,
      loadings: Object.fromEntries(names.map((name, a) => [name, sign * direction[a]!])),
    };
  });
}

function report(rows: readonly RandomEffectsComponentRow[], style: Style): string {
  return [
    style("Principal components of the random effects' covariance", "title"),
    "",
    ...textTable(
      [
        { header: "group", cells: rows.map(({ group }) => group), align: "left" },
        { header: "component", cells: rows.map(({ component }) => component), align: "left" },
        { header: "sd", cells: formatColumn(rows.map(({ sd }) => sd)) },
        numberColumn("proportion", rows, ({ proportion }) => proportion, 4),
        numberColumn("cumulative", rows, ({ cumulative }) => cumulative, 4),
      ],
      style,
    ),
  ].join("\n");
}
