/**
 * Observation kernels written by hand, as an oracle that shares nothing with the compiled ones: each row's ℓ and all its
 * derivatives in closed form.
 */
import type { BoundKernel, ObservationKernel } from "../../../../src/model/observation-kernel.ts";

/** ℓ and derivatives of one row: d1 [K], d2 [pairs], d3 [triples], dPhi [G], d2Phi [G][K], d3Phi [G][pairs]. */
interface RowDerivatives {
  value: number;
  d1: number[];
  d2: number[];
  d3: number[];
  dPhi: number[];
  d2Phi: number[][];
  d3Phi: number[][];
}

export type RowDensity = (eta: number[], phi: Float64Array, column: (name: string) => number) => RowDerivatives;

/** A kernel from a row function; slow but plain. */
export function kernelOf(
  K: number,
  globals: number,
  columns: readonly string[],
  density: RowDensity,
): ObservationKernel {
  const pairs = (K * (K + 1)) / 2;
  const triples = (K * (K + 1) * (K + 2)) / 6;
  return {
    predictors: K,
    globals,
    columns,
    source: null,
    bind(data, rows, weights): BoundKernel {
      const arrays = (count: number) => Array.from({ length: count }, () => new Float64Array(rows));
      const phi = new Float64Array(globals);
      const buffers = {
        eta: arrays(K),
        d1: arrays(K),
        d2: arrays(pairs),
        d3: arrays(triples),
        dPhi: new Float64Array(globals),
        d2Phi: Array.from({ length: globals }, () => arrays(K)),
        d3Phi: Array.from({ length: globals }, () => arrays(pairs)),
      };
      const sweep = (from: number, to: number, order: number): number => {
        let total = 0;
        buffers.dPhi.fill(0);
        for (let i = from; i < to; i++) {
          const w = weights ? weights[i]! : 1;
          const row = density(
            buffers.eta.map((eta) => eta[i]!),
            phi,
            (name) => data[name]![i]!,
          );
          total += w * row.value;
          const put = (targets: readonly Float64Array[], values: readonly number[]) => {
            for (let k = 0; k < values.length; k++) targets[k]![i] = w * values[k]!;
          };
          if (order >= 1) put(buffers.d1, row.d1);
          if (order >= 2) put(buffers.d2, row.d2);
          if (order >= 3) put(buffers.d3, row.d3);
          for (let p = 0; p < globals; p++) {
            if (order >= 1) buffers.dPhi[p]! += w * row.dPhi[p]!;
            if (order >= 3) put(buffers.d2Phi[p]!, row.d2Phi[p]!);
            if (order >= 3) put(buffers.d3Phi[p]!, row.d3Phi[p]!);
          }
        }
        return total;
      };
      return {
        rows,
        ...buffers,
        setParameters: (values) => phi.set(values),
        value: (from, to) => sweep(from, to, 0),
        score: (from, to) => sweep(from, to, 1),
        curvature: (from, to) => sweep(from, to, 2),
        adjoint: (from, to) => sweep(from, to, 3),
      };
    },
  };
}

const factorials = [0];
function logFactorial(k: number): number {
  for (let j = factorials.length; j <= k; j++) factorials.push(factorials[j - 1]! + Math.log(j));
  return factorials[k]!;
}

/** y ~ Binomial(trials, logit⁻¹ η). */
export const binomialLogit = kernelOf(1, 0, ["y", "trials"], ([eta], _phi, column) => {
  const y = column("y");
  const n = column("trials");
  const p = 1 / (1 + Math.exp(-eta!));
  const v = p * (1 - p);
  const logQ = -(eta! > 0 ? eta! + Math.log1p(Math.exp(-eta!)) : Math.log1p(Math.exp(eta!)));
  return {
    value: y * eta! + n * logQ + logFactorial(n) - logFactorial(y) - logFactorial(n - y),
    d1: [y - n * p],
    d2: [-n * v],
    d3: [-n * v * (1 - 2 * p)],
    dPhi: [],
    d2Phi: [],
    d3Phi: [],
  };
});

/** y ~ Poisson(e^η). */
export const poissonLog = kernelOf(1, 0, ["y"], ([eta], _phi, column) => {
  const mu = Math.exp(eta!);
  const y = column("y");
  return { value: y * eta! - mu - logFactorial(y), d1: [y - mu], d2: [-mu], d3: [-mu], dPhi: [], d2Phi: [], d3Phi: [] };
});

/** y ~ NB2(mean e^η, size θ). Digamma differences are sums, y being an integer. */
export const negativeBinomial = kernelOf(1, 1, ["y"], ([eta], [theta], column) => {
  const y = column("y");
  const k = theta!;
  const mu = Math.exp(eta!);
  const s = k + mu;
  let value = -logFactorial(y);
  let digamma = 0;
  for (let j = 0; j < y; j++) {
    value += Math.log(k + j);
    digamma += 1 / (k + j);
  }
  value += k * Math.log(k / s) + y * Math.log(mu / s);
  return {
    value,
    d1: [y - ((y + k) * mu) / s],
    d2: [-((y + k) * k * mu) / s ** 2],
    d3: [(-(y + k) * k * mu * (k - mu)) / s ** 3],
    dPhi: [digamma + Math.log(k / s) + 1 - (k + y) / s],
    d2Phi: [[(mu * (y - mu)) / s ** 2]],
    // ∂/∂η of μ(y − μ)/s²
    d3Phi: [[(mu * (y - 2 * mu)) / s ** 2 - (2 * mu * mu * (y - mu)) / s ** 3]],
  };
});

/** y ~ N(η, σ²) with σ global. */
export const gaussianIdentity = kernelOf(1, 1, ["y"], ([eta], [sigma], column) => {
  const r = column("y") - eta!;
  const v = sigma! ** 2;
  return {
    value: -0.5 * Math.log(2 * Math.PI * v) - (0.5 * r * r) / v,
    d1: [r / v],
    d2: [-1 / v],
    d3: [0],
    dPhi: [-1 / sigma! + (r * r) / (v * sigma!)],
    d2Phi: [[(-2 * r) / (v * sigma!)]],
    d3Phi: [[2 / (v * sigma!)]],
  };
});

/** y ~ N(η₁, e^{2η₂}): two predictors that both may have random effects; not log-concave in (η₁, η₂). */
export const gaussianLocationScale = kernelOf(2, 0, ["y"], ([eta, tau], _phi, column) => {
  const r = column("y") - eta!;
  const w = Math.exp(-2 * tau!);
  return {
    value: -0.5 * Math.log(2 * Math.PI) - tau! - 0.5 * r * r * w,
    d1: [r * w, -1 + r * r * w],
    d2: [-w, -2 * r * w, -2 * r * r * w],
    d3: [0, 2 * w, 4 * r * w, 4 * r * r * w],
    dPhi: [],
    d2Phi: [],
    d3Phi: [],
  };
});

/**
 * Zero-inflated Poisson with a scale: y = 0 with extra probability logit⁻¹(η₂), mean φ e^{η₁}. Two predictors and a global
 * parameter; derivatives are those of the logarithm of a sum, by cumulants.
 */
export const zeroInflatedPoisson = kernelOf(2, 1, ["y"], ([eta, zeta], [scale], column) => {
  const y = column("y");
  const mu = scale! * Math.exp(eta!);
  const pi = 1 / (1 + Math.exp(-zeta!));
  const v = pi * (1 - pi);
  const c = 1 / scale!;
  if (y > 0) {
    // log(1 − π) + y log μ − μ − log y!; derivatives of log(1 − π) in ζ are −π, −v, −v(1 − 2π). ∂/∂φ is ∂/∂η / φ.
    return {
      value: Math.log(1 - pi) + y * Math.log(mu) - mu - logFactorial(y),
      d1: [y - mu, -pi],
      d2: [-mu, 0, -v],
      d3: [-mu, 0, 0, -v * (1 - 2 * pi)],
      dPhi: [(y - mu) * c],
      d2Phi: [[-mu * c, 0]],
      d3Phi: [[-mu * c, 0, 0]],
    };
  }
  // f = e^ζ + e^{−μ}, ℓ = log f − log(1 + e^ζ). Partial derivatives of f in (η, ζ), then of log f.
  const e = Math.exp(zeta!);
  const g = Math.exp(-mu);
  const f = e + g;
  const a = (-mu * g) / f; // f_η/f
  const b = e / f; // f_ζ/f = f_ζζ/f = f_ζζζ/f; mixed partials vanish
  const aa = ((mu * mu - mu) * g) / f;
  const aaa = ((-(mu ** 3) + 3 * mu * mu - mu) * g) / f;
  const d1 = [a, b - pi];
  const d2 = [aa - a * a, -a * b, b - b * b - v];
  const d3 = [
    aaa - 3 * aa * a + 2 * a ** 3,
    -aa * b + 2 * a * a * b,
    -a * b + 2 * a * b * b,
    b - 3 * b * b + 2 * b ** 3 - v * (1 - 2 * pi),
  ];
  return {
    value: Math.log(f) - Math.log1p(e),
    d1,
    d2,
    d3,
    dPhi: [a * c],
    d2Phi: [[d2[0]! * c, d2[1]! * c]],
    d3Phi: [[d3[0]! * c, d3[1]! * c, d3[2]! * c]],
  };
});
