/**
 * The generalised Pareto distribution fitted to a sample of exceedances: Zhang & Stephens (2009), "A new and efficient estimation method for
 * the generalized Pareto distribution", Technometrics 51, with the weak prior on the shape of Vehtari, Simpson, Gelman, Yao & Gabry
 * (2024), "Pareto smoothed importance sampling", JMLR 25(72), appendix C.
 */

export interface GeneralisedPareto {
  /** Shape k: the distribution has finite moments of orders below 1/k. */
  readonly shape: number;
  readonly scale: number;
}

/** Grid points of θ besides ⌊√n⌋. */
const GRID = 30;
/** The prior of the shape weighs as much as this many observations at 0.5. */
const PRIOR_WEIGHT = 10;
const PRIOR_SHAPE = 0.5;
/** The prior of θ in Zhang & Stephens, §3: scaled by the lower quartile, divided by this. */
const QUARTILE_DIVISOR = 3;

/**
 * Posterior-mean fit: θ is averaged over a grid with the profile likelihood as weights, and the shape follows from θ.
 *
 * @param exceedances ascending, not negative, at least one positive
 * @returns shape +Infinity where nothing can be fitted (all exceedances nearly 0)
 * @example
 * fitGeneralisedPareto(Float64Array.from({ length: 100 }, (_, i) => -Math.log(1 - (i + 0.5) / 100))).shape; // near 0: exponential
 */
export function fitGeneralisedPareto(exceedances: Float64Array): GeneralisedPareto {
  const n = exceedances.length;
  const points = GRID + Math.floor(Math.sqrt(n));
  const quartile = exceedances[Math.floor(n / 4 + 0.5) - 1]!;
  const largest = exceedances[n - 1]!;
  /** Mean of log(1 − θx): minus the shape that goes with θ. */
  const meanLog = (theta: number): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += Math.log1p(-theta * exceedances[i]!);
    return sum / n;
  };
  const thetas = new Float64Array(points);
  const profile = new Float64Array(points);
  let top = -Infinity;
  for (let j = 0; j < points; j++) {
    const theta = 1 / largest + (1 - Math.sqrt(points / (j + 0.5))) / QUARTILE_DIVISOR / quartile;
    const shape = meanLog(theta);
    thetas[j] = theta;
    profile[j] = n * (Math.log(-theta / shape) - shape - 1);
    if (profile[j]! > top) top = profile[j]!;
  }
  let weights = 0;
  let mean = 0;
  for (let j = 0; j < points; j++) {
    const weight = Math.exp(profile[j]! - top);
    weights += weight;
    mean += weight * thetas[j]!;
  }
  const theta = mean / weights;
  const shape = meanLog(theta);
  const regularised = (shape * n + PRIOR_SHAPE * PRIOR_WEIGHT) / (n + PRIOR_WEIGHT);
  return { shape: Number.isNaN(regularised) ? Infinity : regularised, scale: -shape / theta };
}

/** The quantile of a probability p: scale·((1 − p)^−k − 1)/k. */
export function generalisedParetoQuantile({ shape, scale }: GeneralisedPareto, p: number): number {
  const rate = -Math.log1p(-p);
  // (e^{k r} − 1)/k → r as k → 0
  return scale * (Math.abs(shape) < 1e-12 ? rate : Math.expm1(shape * rate) / shape);
}
