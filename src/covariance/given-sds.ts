/**
 * Structures whose standard deviations s are given: Λ = diag(s)C with C the factor of a correlation matrix, whose entries alone are free:
 * angles of unstructured correlations, the angle of a common one, none where effects are independent.
 */
import { commonCorrelation } from "./common-correlation.ts";
import { correlationAngles } from "./correlation-angles.ts";
import type { CorrelationEntries, CovarianceStructure } from "./covariance-structure.ts";

/** No correlations: C = I. */
const independent: CorrelationEntries = {
  size: () => 0,
  fill(q, _x, _at, C) {
    C.fill(0, 0, q * q);
    for (let a = 0; a < q; a++) C[a * q + a] = 1;
  },
  addGradient: () => undefined,
  fromFactor: () => undefined,
  canonicalise: () => undefined,
  boundaryEntries: () => [],
  snapped: () => null,
  boundaryMoves: () => ({ count: 0, quadratic: false, move: () => new Float64Array(0) }),
  inverseCurvature: () => undefined,
};

/** The correlations of `homcs` with its standard deviation held at 1. */
function commonAngle(): CorrelationEntries {
  const whole = commonCorrelation("homcs");
  const point = Float64Array.of(1, 0);
  const slope = new Float64Array(2);
  const curvature = new Float64Array(4);
  const load = (x: Float64Array, at: number): Float64Array => {
    point[0] = 1;
    point[1] = x[at]!;
    return point;
  };
  return {
    size: () => 1,
    fill: (q, x, at, C) => whole.fill(q, load(x, at), 0, C),
    addGradient(q, x, at, dC, gradient) {
      slope.fill(0);
      whole.addGradient(q, load(x, at), 0, dC, slope);
      gradient[at]! += slope[1]!;
    },
    fromFactor(q, C, x, at) {
      whole.fromFactor(q, C, point, 0);
      x[at] = point[1]!;
    },
    canonicalise(q, x, at, zero) {
      whole.canonicalise(q, load(x, at), 0, zero);
      x[at] = point[1]!;
    },
    boundaryEntries: (q, x, at) => (whole.boundaryEntries(q, load(x, at), 0).length > 0 ? [at] : []),
    snapped: (q, x, at, near) => whole.snapped(q, load(x, at), 0, near)?.slice(1) ?? null,
    boundaryMoves(q, x, at) {
      const { move, ...moves } = whole.boundaryMoves(q, load(x, at), 0);
      return { ...moves, move: (weights, epsilon) => move(weights, epsilon).slice(1) };
    },
    inverseCurvature(q, x, at, levels, H, stride) {
      whole.inverseCurvature(q, load(x, at), 0, levels, curvature, 2);
      H[at * (stride + 1)] = curvature[3]!;
    },
  };
}

const CORRELATIONS: Readonly<Record<CovarianceStructure["correlations"], CorrelationEntries>> = {
  free: correlationAngles,
  common: commonAngle(),
  none: independent,
};

/**
 * The structure of a kind with its standard deviations held.
 *
 * @param sd of each effect, above 0
 */
export function givenSds(free: CovarianceStructure, sd: readonly number[]): CovarianceStructure {
  const entries = CORRELATIONS[free.correlations];
  const { size } = entries;
  const scaled = new Float64Array(sd.length ** 2);
  return {
    ...free,
    ofFactor: false,
    given: sd,
    homogeneous: false,
    signedSds: false,
    size,
    // a correlation has no unit
    entries: (q) => new Array<null>(size(q)).fill(null),
    fill(q, x, at, L) {
      entries.fill(q, x, at, L);
      for (let a = 0; a < q; a++) for (let b = 0; b <= a; b++) L[a * q + b]! *= sd[a]!;
    },
    addGradient(q, x, at, dL, gradient) {
      for (let a = 0; a < q; a++) for (let b = 0; b <= a; b++) scaled[a * q + b] = sd[a]! * dL[a * q + b]!;
      entries.addGradient(q, x, at, scaled, gradient);
    },
    fromFactor(q, L, x, at) {
      for (let a = 0; a < q; a++) {
        let square = 0;
        for (let b = 0; b <= a; b++) square += L[a * q + b]! ** 2;
        const length = Math.sqrt(square);
        for (let b = 0; b <= a; b++) scaled[a * q + b] = length > 0 ? L[a * q + b]! / length : Number(a === b);
      }
      entries.fromFactor(q, scaled, x, at);
    },
    fold: () => undefined,
    canonicalise: entries.canonicalise,
    boundaryEntries: entries.boundaryEntries,
    snapped: entries.snapped,
    boundaryMoves: entries.boundaryMoves,
    inverseCurvature: entries.inverseCurvature,
  };
}
