/** Families of correlation matrices by one angle ω: what compound symmetry and an autoregression have in common. */
import type { Rng } from "../random/rng.ts";
import type { Correlations } from "./correlations.ts";

/** What tells one such family from another. Both ends of the angle's range, where R is singular, are ordinary points about which R is even. */
export interface AngleFamily {
  /** The angle at the far end of the range; the near one is 0. */
  readonly end: number;
  /** The angle of the range that gives the same R. */
  fold(omega: number): number;
  /** Overwrites C with the factor at ω and, where given, dC with its derivative in ω. */
  factor(omega: number, C: Float64Array, dC?: Float64Array): void;
  /** The angle of the correlations L_a·L_b/scale(a, b). */
  ofFactor(L: Float64Array, scale: (a: number, b: number) => number): number;
  /** Angles whose matrices show in which direction a likelihood rises where all variances are 0. */
  readonly corners: readonly number[];
  /** About the inverse of the curvature of −log L in ω, of that many levels. */
  inverseCurvature(omega: number, levels: number): number;
  /** The coordinate t of a posterior ↔ ω. */
  readonly coordinate: {
    toAngle(t: number): number;
    /** Finite at the ends too. */
    of(omega: number): number;
    /** d dω/dt. */
    pullback(t: number, d: number): number;
  };
  /** log det R in t and its derivative. */
  logDeterminant(t: number): number;
  dLogDeterminant(t: number): number;
  /** The logarithm of the slope of the correlation in t and its derivative. */
  logSlope(t: number): number;
  dLogSlope(t: number): number;
  logNormaliser(eta: number): number;
  /** t of the LKJ distribution on the family. */
  draw(rng: Rng, eta: number): number;
}

export function oneAngle(q: number, family: AngleFamily): Correlations {
  const { end, coordinate } = family;
  const C = new Float64Array(q * q);
  const slopes = new Float64Array(q * q);
  const distance = (omega: number) => Math.min(omega, end - omega);
  const nearest = (omega: number) => (omega < end / 2 ? 0 : end);
  return {
    size: 1,
    fill: (x, at, out) => family.factor(x[at]!, out),
    pullback(x, at, dC, gradient) {
      family.factor(x[at]!, C, slopes);
      let sum = 0;
      for (let a = 0; a < q; a++) for (let b = 0; b <= a; b++) sum += dC[a * q + b]! * slopes[a * q + b]!;
      gradient[at]! += sum;
    },
    fromFactor(L, scale, x, at) {
      x[at] = family.ofFactor(L, scale);
    },
    canonicalise(x, at, zero) {
      const omega = family.fold(x[at]!);
      x[at] = distance(omega) > zero ? omega : nearest(omega);
    },
    inverseCurvature(x, at, levels, H, stride) {
      H[at * (stride + 1)] = family.inverseCurvature(x[at]!, levels);
    },
    boundary: {
      entries: (x, at) => (distance(x[at]!) === 0 ? [at] : []),
      snapped(x, at, near) {
        const away = distance(x[at]!);
        return away > 0 && away < near ? Float64Array.of(nearest(x[at]!)) : null;
      },
      moves(x, at) {
        const omega = x[at]!;
        return {
          count: distance(omega) === 0 ? 1 : 0,
          quadratic: false,
          move: (_, epsilon) => Float64Array.of(Math.abs(omega - epsilon)),
        };
      },
    },
    distance: (x, at) => distance(x[at]!),
    corners: family.corners.map((omega) => Float64Array.of(omega)),
    toEntries(z, from, x, at) {
      x[at] = coordinate.toAngle(z[from]!);
    },
    toCoordinates(x, at, z, from) {
      z[from] = coordinate.of(x[at]!);
    },
    pullbackCoordinates(z, from, dx, at, dz) {
      dz[from]! += coordinate.pullback(z[from]!, dx[at]!);
    },
    prior: {
      size: 1,
      logDensity(z, from, weight, jacobian, dz) {
        const t = z[from]!;
        let sum = weight === 0 ? 0 : weight * family.logDeterminant(t);
        if (jacobian) sum += family.logSlope(t);
        if (dz) dz[from]! += weight * family.dLogDeterminant(t) + (jacobian ? family.dLogSlope(t) : 0);
        return sum;
      },
      logNormaliser: (eta) => family.logNormaliser(eta),
      draw(rng, eta, out, from) {
        out[from] = family.draw(rng, eta);
      },
    },
  };
}
