/**
 * Correlation functions of distance: Pinheiro & Bates 2000, §5.3.2, table 5.2, and Matérn's family (Stein 1999, Interpolation of Spatial Data, §2.7). Each is
 * a function of u = distance/range.
 */
import { besselK } from "../special/bessel-k.ts";
import { lgamma, polygamma } from "../special/gamma.ts";

export interface DistanceFunction {
  /** Correlation at u = d/range ≥ 0, and its derivative in u. */
  value(u: number): number;
  slope(u: number): number;
  /** Of a function with a smoothness ν. */
  readonly smoothness?: {
    set(nu: number): void;
    /** Derivative of the correlation in ν. */
    slope(u: number): number;
  };
}

const exponential: DistanceFunction = { value: (u) => Math.exp(-u), slope: (u) => -Math.exp(-u) };
const gaussian: DistanceFunction = { value: (u) => Math.exp(-u * u), slope: (u) => -2 * u * Math.exp(-u * u) };

/** M(u) = 2^(1 − ν)/Γ(ν) u^ν K_ν(u), by which the range is that of glmmTMB and geoR. */
function matern(): DistanceFunction {
  let nu = 0.5;
  let logScale = 0;
  let bessel = besselK(nu);
  const scale = (u: number) => Math.exp(logScale + nu * Math.log(u) - u);
  // next to 0 a power that vanishes meets a function that overflows
  const orElse = (value: number, limit: number) => (Number.isFinite(value) ? value : limit);
  return {
    value: (u) => (u > 0 ? Math.min(1, orElse(scale(u) * bessel(u).value, 1)) : 1),
    // d/du u^ν K_ν(u) = −u^ν K_(ν − 1)(u)
    slope: (u) => (u > 0 ? -orElse(scale(u) * bessel(u).below, 0) : 0),
    smoothness: {
      set(value) {
        if (value === nu && logScale !== 0) return;
        nu = value;
        logScale = (1 - nu) * Math.LN2 - lgamma(nu);
        bessel = besselK(nu);
      },
      slope(u) {
        if (!(u > 0)) return 0;
        const { value, orderSlope } = bessel(u);
        return orElse(scale(u) * ((Math.log(0.5 * u) - polygamma(0, nu)) * value + orderSlope), 0);
      },
    },
  };
}

/** Made anew for each structure, since a smoothness is part of the function. */
export const DISTANCE_FUNCTIONS = {
  exponential: () => exponential,
  gaussian: () => gaussian,
  linear: (): DistanceFunction => ({ value: (u) => (u < 1 ? 1 - u : 0), slope: (u) => (u < 1 ? -1 : 0) }),
  rational: (): DistanceFunction => ({ value: (u) => 1 / (1 + u * u), slope: (u) => (-2 * u) / (1 + u * u) ** 2 }),
  spherical: (): DistanceFunction => ({
    value: (u) => (u < 1 ? 1 - 1.5 * u + 0.5 * u ** 3 : 0),
    slope: (u) => (u < 1 ? -1.5 + 1.5 * u * u : 0),
  }),
  matern,
} satisfies Readonly<Record<string, () => DistanceFunction>>;

export type DistanceFunctionName = keyof typeof DISTANCE_FUNCTIONS;
