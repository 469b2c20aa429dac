/**
 * The posterior's chart of the whole natural vector: z = [β | term by term (sds, partial correlations) | φ] → x = [β | Λ | φ].
 * β is the identity; φ is log or logit by its support.
 */
import type { ParameterSupport } from "../families/family.ts";
import type { ParameterLayout } from "../model/parameter-layout.ts";
import type { Chart } from "./chart.ts";
import type { RandomTermChart } from "./random-term.ts";
import { foldSigns, randomTermChart } from "./random-term.ts";
import { scalarChart } from "./scalar.ts";

/** A block of z and of x with its chart. */
export interface ChartBlock<C extends Chart = Chart> {
  readonly chart: C;
  readonly offset: number;
  readonly naturalOffset: number;
}

export interface PosteriorChart extends Chart {
  /** Number of coefficients, the first coordinates of z and of x. */
  readonly coefficients: number;
  readonly terms: readonly ChartBlock<RandomTermChart>[];
  readonly phi: readonly ChartBlock[];
  /** Makes the diagonals of Λ in x non-negative, Σ unchanged: the sds and correlations a signed draw stands for. */
  fold(x: Float64Array): void;
}

/**
 * @param signed by term and effect: signed sd or log sd
 * @param supports of the family's parameters
 */
export function posteriorChart(
  layout: ParameterLayout,
  signed: readonly (readonly boolean[])[],
  supports: readonly ParameterSupport[],
): PosteriorChart {
  const coefficients = layout.beta.reduce((sum, slice) => sum + slice.size, 0);
  let offset = coefficients;
  const place = <C extends Chart>(chart: C, naturalOffset: number): ChartBlock<C> => {
    const block = { chart, offset, naturalOffset };
    offset += chart.size;
    return block;
  };
  const terms = layout.terms.map((term, t) => place(randomTermChart(term.covariance, signed[t]!), term.offset));
  const phi = supports.map((support, g) => place(scalarChart(support), layout.phi.offset + g));
  const size = offset;
  const blocks: readonly ChartBlock[] = [...terms, ...phi];

  // Views of the vectors by block, renewed only when the caller passes another array.
  const views = (length: (chart: Chart) => number, at: (block: ChartBlock) => number) => {
    let source: Float64Array | undefined;
    let parts: Float64Array[] = [];
    return (vector: Float64Array): Float64Array[] => {
      if (vector !== source) {
        source = vector;
        parts = blocks.map((block) => vector.subarray(at(block), at(block) + length(block.chart)));
      }
      return parts;
    };
  };
  const unconstrained = views(
    (chart) => chart.size,
    (block) => block.offset,
  );
  const dUnconstrained = views(
    (chart) => chart.size,
    (block) => block.offset,
  );
  const natural = views(
    (chart) => chart.naturalSize,
    (block) => block.naturalOffset,
  );
  const dNatural = views(
    (chart) => chart.naturalSize,
    (block) => block.naturalOffset,
  );

  return {
    size,
    naturalSize: layout.size,
    coefficients,
    terms,
    phi,
    toNatural(z, x) {
      for (let i = 0; i < coefficients; i++) x[i] = z[i]!;
      const zs = unconstrained(z);
      const xs = natural(x);
      for (let k = 0; k < blocks.length; k++) blocks[k]!.chart.toNatural(zs[k]!, xs[k]!);
    },
    toUnconstrained(x, z) {
      for (let i = 0; i < coefficients; i++) z[i] = x[i]!;
      const zs = unconstrained(z);
      const xs = natural(x);
      for (let k = 0; k < blocks.length; k++) blocks[k]!.chart.toUnconstrained(xs[k]!, zs[k]!);
    },
    pullback(z, dx, dz) {
      for (let i = 0; i < coefficients; i++) dz[i]! += dx[i]!;
      const zs = unconstrained(z);
      const dxs = dNatural(dx);
      const dzs = dUnconstrained(dz);
      for (let k = 0; k < blocks.length; k++) blocks[k]!.chart.pullback(zs[k]!, dxs[k]!, dzs[k]!);
    },
    logJacobian(z, dz) {
      const zs = unconstrained(z);
      const dzs = dz && dUnconstrained(dz);
      let sum = 0;
      for (let k = 0; k < blocks.length; k++) sum += blocks[k]!.chart.logJacobian(zs[k]!, dzs?.[k]);
      return sum;
    },
    fold(x) {
      for (const { chart, naturalOffset } of terms)
        foldSigns(chart.naturalSize === chart.q ? "diag" : "us", chart.q, x, naturalOffset);
    },
  };
}
