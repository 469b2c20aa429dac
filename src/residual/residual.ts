/** The residuals of a model's rows: independent with one variance, or with a structure. Who asks need not know which. */
import type { CorrelationPart, ResidualData, VariancePart } from "./residual-data.ts";
import { type ResidualParameters, residualParameters } from "./residual-parameters.ts";
import { type ResidualStructure, residualStructure } from "./residual-structure.ts";

export interface Residual extends ResidualParameters {
  /** Whether variances differ or rows are correlated. */
  readonly structured: boolean;
  /** The structure as plain data; absent where there is none. */
  readonly data?: ResidualData;
  /** The variance functions: none where variances are equal. */
  readonly variance: readonly VariancePart[];
  /** null where rows are independent. */
  readonly correlation: CorrelationPart | null;
  /** The structure to be applied to vectors: of independent rows one that leaves them as they are. A new one at each call, whose state is its caller's. */
  structure(): ResidualStructure;
}

const independent = (n: number): Residual => ({
  structured: false,
  variance: [],
  correlation: null,
  parameters: [],
  reported: [],
  structure: () => ({
    size: 0,
    sd: new Float64Array(n).fill(1),
    set: () => true,
    whiten() {},
    colour() {},
    multiply() {},
    solve() {},
  }),
});

/**
 * @param data absent: independent rows
 * @example
 * const structure = model.residual.structure();
 * structure.set(fit.estimate, model.layout.phi.offset + 1);
 * structure.sd; // the residual sd of each row over sigma
 */
export function residualOf(data: ResidualData | undefined, n: number): Residual {
  if (!data) return independent(n);
  let found: ResidualParameters | undefined;
  const own = () => (found ??= residualParameters(data));
  return {
    structured: true,
    data,
    variance: data.variance,
    correlation: data.correlation,
    get parameters() {
      return own().parameters;
    },
    get reported() {
      return own().reported;
    },
    structure: () => residualStructure(data),
  };
}
