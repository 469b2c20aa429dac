/**
 * Structures by standard deviations and one correlation ρ of all pairs: Λ = diag(s) C(ω), C the factor of compound symmetry (see
 * `compound-symmetry.ts`). Entries: the standard deviations, q of them or one in common, then ω where ρ is free. Without a correlation
 * (`homdiag`) C = I. A standard deviation of each effect enters by its size, since a change of its sign alone leaves compound symmetry.
 */
import { sigmoid, softplus } from "../special/logistic.ts";
import { angleOf, compoundSymmetryFactor, RIGHT_ANGLE } from "./compound-symmetry.ts";
import type { CovarianceStructure } from "./covariance-structure.ts";

/** q ≥ 2: a term of one effect has no such structure. */
export function commonCorrelation(kind: "homdiag" | "cs" | "homcs"): CovarianceStructure {
  const homogeneous = kind !== "cs";
  const correlated = kind !== "homdiag";
  const sds = (q: number) => (homogeneous ? 1 : q);
  const size = (q: number) => sds(q) + (correlated ? 1 : 0);
  const sd = (x: Float64Array, at: number, a: number) => (homogeneous ? x[at]! : Math.abs(x[at + a]!));

  /** Factors of correlation matrices and their derivatives by q, made once. */
  const scratch: { C: Float64Array; dC: Float64Array }[] = [];
  function factorAt(q: number, x: Float64Array, at: number): { C: Float64Array; dC: Float64Array } {
    let own = scratch[q];
    if (!own) {
      own = scratch[q] = { C: new Float64Array(q * q), dC: new Float64Array(q * q) };
      for (let a = 0; a < q; a++) own.C[a * q + a] = 1;
    }
    if (correlated) compoundSymmetryFactor(q, x[at + sds(q)]!, own.C, own.dC);
    return own;
  }

  /** Distance of ω from the nearer end of [0, π/2]. */
  const distance = (omega: number) => Math.min(omega, RIGHT_ANGLE - omega);

  return {
    kind,
    pattern: correlated ? "us" : "diag",
    ofFactor: false,
    given: null,
    homogeneous,
    correlations: correlated ? "common" : "none",
    signedSds: homogeneous,
    size,
    entries: (q) =>
      Array.from({ length: size(q) }, (_, i): readonly [number, number] | null => (i < sds(q) ? [i, i] : null)),
    fill(q, x, at, L) {
      const { C } = factorAt(q, x, at);
      for (let a = 0; a < q; a++) {
        const s = sd(x, at, a);
        for (let b = 0; b < q; b++) L[a * q + b] = b <= a ? s * C[a * q + b]! : 0;
      }
    },
    addGradient(q, x, at, dL, gradient) {
      const { C, dC } = factorAt(q, x, at);
      let dOmega = 0;
      for (let a = 0; a < q; a++) {
        const s = sd(x, at, a);
        let d = 0;
        for (let b = 0; b <= a; b++) {
          d += dL[a * q + b]! * C[a * q + b]!;
          if (correlated) dOmega += s * dL[a * q + b]! * dC[a * q + b]!;
        }
        if (homogeneous) gradient[at]! += d;
        else gradient[at + a]! += Math.sign(x[at + a]!) * d;
      }
      if (correlated) gradient[at + sds(q)]! += dOmega;
    },
    // pooled: the mean variance where it is one, the mean correlation of the effects that vary
    fromFactor(q, L, x, at) {
      const square = new Float64Array(q);
      for (let a = 0; a < q; a++) for (let b = 0; b <= a; b++) square[a]! += L[a * q + b]! ** 2;
      if (homogeneous) x[at] = Math.sqrt(square.reduce((sum, value) => sum + value, 0) / q);
      else for (let a = 0; a < q; a++) x[at + a] = Math.sqrt(square[a]!);
      if (!correlated) return;
      let sum = 0;
      let weight = 0;
      for (let a = 0; a < q; a++)
        for (let b = 0; b < a; b++) {
          const scale = homogeneous ? x[at]! ** 2 : Math.sqrt(square[a]! * square[b]!);
          if (!(scale > 0)) continue;
          let product = 0;
          for (let c = 0; c <= b; c++) product += L[a * q + c]! * L[b * q + c]!;
          sum += product / scale;
          weight++;
        }
      x[at + sds(q)] = angleOf(q, weight > 0 ? sum / weight : 0);
    },
    fold(q, x, at) {
      for (let a = at; a < at + sds(q); a++) x[a] = Math.abs(x[a]!);
    },
    canonicalise(q, x, at, zero) {
      for (let a = at; a < at + sds(q); a++) {
        const value = Math.abs(x[a]!);
        x[a] = value <= zero ? 0 : value;
      }
      if (!correlated) return;
      const position = at + sds(q);
      const omega = Math.atan2(Math.abs(Math.sin(x[position]!)), Math.abs(Math.cos(x[position]!)));
      x[position] = distance(omega) > zero ? omega : omega < 1 ? 0 : RIGHT_ANGLE;
    },
    boundaryEntries(q, x, at) {
      const positions = Array.from({ length: sds(q) }, (_, a) => at + a).filter((position) => x[position] === 0);
      if (!correlated) return positions;
      const position = at + sds(q);
      // fewer than two effects that vary have no correlation
      const varying = homogeneous ? (positions.length > 0 ? 0 : q) : q - positions.length;
      if (varying < 2 || distance(x[position]!) === 0) positions.push(position);
      return positions;
    },
    snapped(q, x, at, near) {
      const entries = x.slice(at, at + size(q));
      const distances = entries.map((value, i) => (i < sds(q) ? value : distance(value)));
      let nearest = -1;
      distances.forEach((value, i) => {
        if (value > 0 && value < near && (nearest < 0 || value < distances[nearest]!)) nearest = i;
      });
      if (nearest < 0) return null;
      entries[nearest] = nearest < sds(q) || entries[nearest]! < 1 ? 0 : RIGHT_ANGLE;
      return entries;
    },
    boundaryMoves(q, x, at) {
      const entries = x.slice(at, at + size(q));
      const last = sds(q);
      const moves: ((epsilon: number) => Float64Array)[] = [];
      const withEntries = (change: (copy: Float64Array) => void): Float64Array => {
        const copy = entries.slice();
        change(copy);
        return copy;
      };
      const zero = Array.from({ length: last }, (_, a) => a).filter((a) => entries[a] === 0);
      for (const a of zero)
        moves.push((epsilon) =>
          withEntries((copy) => {
            copy[a] = epsilon;
          }),
        );
      // with no variance at all the correlation is free to be anything: its ends span what there is
      if (correlated && zero.length === last)
        for (const omega of [0, RIGHT_ANGLE])
          moves.push((epsilon) =>
            withEntries((copy) => {
              copy.fill(epsilon, 0, last);
              copy[last] = omega;
            }),
          );
      else if (correlated && distance(entries[last]!) === 0)
        moves.push((epsilon) =>
          withEntries((copy) => {
            copy[last] = Math.abs(entries[last]! - epsilon);
          }),
        );
      return {
        count: moves.length,
        quadratic: false,
        move: (weights, epsilon) => moves[weights.indexOf(Math.max(...weights))]!(epsilon),
      };
    },
    inverseCurvature(q, x, at, levels, H, stride) {
      const last = sds(q);
      for (let a = 0; a < last; a++) {
        const position = at + a;
        H[position * (stride + 1)] = x[position]! ** 2 / (2 * levels * (homogeneous ? q : 1));
      }
      if (correlated) H[(at + last) * (stride + 1)] = 1 / (2 * levels * (q - 1));
    },
    correlationSize: () => (correlated ? 1 : 0),
    // the coordinate z is the logit of w = sin²ω: 1 − ρ = qw/(q − 1), 1 + (q − 1)ρ = q(1 − w), |R| = (1 − ρ)^(q−1) (1 + (q − 1)ρ)
    correlationLogDensity(q, z, from, weight, jacobian, dz) {
      if (!correlated) return 0;
      const t = z[from]!;
      const w = sigmoid(t);
      const logDet = (q - 1) * (Math.log(q / (q - 1)) - softplus(-t)) + Math.log(q) - softplus(t);
      let sum = weight === 0 ? 0 : weight * logDet;
      if (jacobian) sum += Math.log(q / (q - 1)) - softplus(t) - softplus(-t);
      if (dz) dz[from]! += weight * ((q - 1) * (1 - w) - w) + (jacobian ? 1 - 2 * w : 0);
      return sum;
    },
  };
}
