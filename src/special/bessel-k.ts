/**
 * The modified Bessel function of the second kind of real order, scaled by exp(x), from its integral K_ν(x) = ∫_0^∞ exp(−x cosh t) cosh(νt) dt (DLMF 10.32.9)
 * by the trapezoid rule, which converges faster than any power of the step since the integrand is even and falls double-exponentially.
 */

/** What one pass over the nodes gives at x, all times exp(x). */
export interface BesselK {
  /** K_ν. */
  readonly value: number;
  /** ∂K_ν/∂ν. */
  readonly orderSlope: number;
  /** K_(ν − 1). */
  readonly below: number;
}

/** A step serves x up to `most`: the integrand is about as wide as 1/√x. */
interface Rule {
  readonly most: number;
  readonly step: number;
  readonly nodes: number;
  /** cosh t − 1. */
  readonly excess: Float64Array;
}

const rule = (step: number, most: number, reach: number): Rule => {
  const nodes = Math.ceil(reach / step);
  return {
    most,
    step,
    nodes,
    excess: Float64Array.from({ length: nodes }, (_, k) => 2 * Math.sinh((k * step) / 2) ** 2),
  };
};

const RULES = [rule(1 / 5, 12, 60), rule(1 / 16, 120, 6), rule(1 / 80, Number.POSITIVE_INFINITY, 4)];

const NOTHING: BesselK = { value: 0, orderSlope: 0, below: 0 };

/** The functions of x > 0 at an order. */
export function besselK(nu: number): (x: number) => BesselK {
  const terms = RULES.map(({ nodes, step }) => ({
    value: Float64Array.from({ length: nodes }, (_, k) => Math.min(Math.cosh(nu * k * step), Number.MAX_VALUE)),
    slope: Float64Array.from({ length: nodes }, (_, k) =>
      Math.min(k * step * Math.sinh(nu * k * step), Number.MAX_VALUE),
    ),
    below: Float64Array.from({ length: nodes }, (_, k) => Math.min(Math.cosh((nu - 1) * k * step), Number.MAX_VALUE)),
  }));
  let last = Number.NaN;
  let result = NOTHING;
  return (x) => {
    if (x === last) return result;
    last = x;
    const chosen = RULES.findIndex(({ most }) => x <= most);
    const { step, nodes, excess } = RULES[chosen]!;
    const own = terms[chosen]!;
    let value = 0.5;
    let orderSlope = 0;
    let below = 0.5;
    for (let k = 1; k < nodes; k++) {
      const exponent = x * excess[k]!;
      if (exponent > 700) break;
      const e = Math.exp(-exponent);
      const term = e * own.value[k]!;
      const slope = e * own.slope[k]!;
      value += term;
      orderSlope += slope;
      below += e * own.below[k]!;
      if (exponent > 1 && term < 1e-18 * value && Math.abs(slope) < 1e-17 * value) break;
    }
    result = { value: step * value, orderSlope: step * orderSlope, below: step * below };
    return result;
  };
}
