/**
 * Grosse & Duvenaud (2014), "Testing MCMC code": p(x'|rest)/p(x|rest) = p(x', rest)/p(x, rest). The left side is what a block says of its own
 * conditional density, the right side the joint density of parameters, latent variables and response, written out here row by row.
 */
import { describe, expect, test } from "vitest";
import { multiplyPrecision } from "../../../src/covariance/level-precision.ts";
import { boundStructure } from "../../../src/covariance/structures.ts";
import { scalarPrior } from "../../../src/priors/density.ts";
import type { GibbsData } from "../../../src/samplers/gibbs/gibbs-data.ts";
import { updatePredictor } from "../../../src/samplers/gibbs/state.ts";
import type { Sweep } from "../../../src/samplers/gibbs/sweep.ts";
import { normalCdf } from "../../../src/special/distributions.ts";
import { lgamma } from "../../../src/special/gamma.ts";
import { drawPrior, drawResponse, SMALL_MODELS, stream, withResponse } from "./small-models.ts";

const sum = (n: number, f: (i: number) => number): number => {
  let total = 0;
  for (let i = 0; i < n; i++) total += f(i);
  return total;
};

/** Covariance of a term with at most two effects, from its Λ. */
function covariance(lambda: Float64Array): {
  q: number;
  s: number[];
  rho: number;
  Sigma: number[];
  det: number;
  inverse: number[];
} {
  if (lambda.length === 1) {
    const v = lambda[0]! ** 2;
    return { q: 1, s: [Math.abs(lambda[0]!)], rho: 0, Sigma: [v], det: v, inverse: [1 / v] };
  }
  const [a, , c, d] = lambda as unknown as [number, number, number, number];
  const [v, w, x] = [a * a, a * c, c * c + d * d];
  const det = a * a * d * d;
  return {
    q: 2,
    s: [Math.sqrt(v), Math.sqrt(x)],
    rho: w / Math.sqrt(v * x),
    Sigma: [v, w, w, x],
    det,
    inverse: [x / det, -w / det, -w / det, v / det],
  };
}

const trace = (A: readonly number[], B: ArrayLike<number>): number => sum(A.length, (i) => A[i]! * B[i]!);

/** log density of inverse-Wishart(df, Ψ) at Σ, up to a constant. */
const inverseWishart = (lambda: Float64Array, df: number, psi: ArrayLike<number>): number => {
  const { q, det, inverse } = covariance(lambda);
  return -((df + q + 1) / 2) * Math.log(det) - 0.5 * trace(inverse, psi);
};

/** The joint density: likelihood (of the augmented data where there are any) × priors, priors of Σ in the measure asked for. */
function logJoint(
  data: GibbsData,
  sweep: Sweep,
  y: Float64Array,
  measure: "coordinates" | "matrix",
  marginal = false,
): number {
  const { state, design, prior, latent } = sweep;
  updatePredictor(design, state);
  const { eta, phi } = state;
  const { n, p } = design;
  const trials = data.data.columns["trials"];
  let total = 0;
  let at = 0;
  for (let i = 0; i < n; i++) {
    const e = eta[i]!;
    const m = trials?.[i] ?? 1;
    if (data.augmentation === "gaussian") {
      const w = data.data.columns["weights"]?.[i] ?? 1;
      const sigma = phi[0] ?? data.data.sigma ?? 1;
      total += -Math.log(sigma) - (w * (y[i]! - e) ** 2) / (2 * sigma ** 2);
    } else if (marginal && data.augmentation === "probit") {
      total += y[i]! * Math.log(normalCdf(e)) + (m - y[i]!) * Math.log(normalCdf(-e));
    } else if (marginal && data.augmentation === "polya-gamma") {
      total += y[i]! * e - m * Math.log1p(Math.exp(e));
    } else if (data.augmentation === "probit") {
      for (let k = 0; k < m; k++) total -= 0.5 * (latent[at++]! - e) ** 2;
    } else if (data.augmentation === "polya-gamma") {
      total += (y[i]! - m / 2) * e - 0.5 * latent[i]! * e * e;
    } else if (data.augmentation === "negative-binomial") {
      const theta = phi[0]!;
      const psi = e - Math.log(theta);
      total += marginal
        ? lgamma(y[i]! + theta) - lgamma(theta) + y[i]! * psi - (y[i]! + theta) * Math.log1p(Math.exp(psi))
        : ((y[i]! - theta) / 2) * psi - 0.5 * latent[i]! * psi * psi;
    } else total += y[i]! * e - Math.exp(e);
  }
  // Coefficients: normal given the mixing variables, and those.
  const beta = Array.from({ length: p }, (_, i) => sum(p, (j) => design.map.toUser[i * p + j]! * state.gamma[j]!));
  if (data.coefficients.kind === "normal") {
    const [a, b, , d] = data.coefficients.covariance as [number, number, number, number];
    const det = a * d - b * b;
    const [r0, r1] = beta.map((x, j) => x - (data.coefficients as { mean: readonly number[] }).mean[j]!) as [
      number,
      number,
    ];
    total -= (0.5 * (d * r0 * r0 - 2 * b * r0 * r1 + a * r1 * r1)) / det;
  } else
    data.coefficients.distributions.forEach(({ name, parameters }, j) => {
      const l = prior.lambda[j]!;
      const [first, second, third] = parameters as [number, number, number];
      const [df, mean, scale] =
        name === "studentT" ? [first, second, third] : name === "cauchy" ? [1, first, second] : [0, first, second];
      total += 0.5 * Math.log(l) - 0.5 * l * ((beta[j]! - mean) / scale) ** 2;
      if (df > 0) total += (df / 2 - 1) * Math.log(l) - (df / 2) * l;
      if (name === "doubleExponential") total += -2 * Math.log(l) - 0.5 / l; // 1/λ exponential with mean 2
    });
  data.covariances.forEach((own, t) => {
    const lambda = state.lambda[t]!;
    const { q, s, rho, det, Sigma } = covariance(lambda);
    const u = state.u[t]!;
    const { known } = data.data.random[t]!;
    const related = known ? new Float64Array(u.length) : u;
    if (known) multiplyPrecision(known, u, q, related);
    total -= 0.5 * sum(u.length, (i) => u[i]! * related[i]!);
    const mixing = state.mixing[t]!;
    // (log s, atanh ρ) → (s, ρ) and, for priors of Σ, → Σ: 2^q Π s^q.
    const sds = own.kind === "separate" ? own.sd.length : q;
    const toSd = sum(sds, (a) => Math.log(s[a]!)) + (q === 2 ? Math.log1p(-rho * rho) : 0);
    const toMatrix = q * Math.log(s.reduce((x, z) => x * z, 1));
    if (own.kind === "separate") {
      const correlated = !boundStructure(data.data.layout.terms[t]!).diagonal && q === 2;
      own.sd.forEach((one, a) => {
        const mixture = ["halfStudentT", "halfCauchy", "inverseGammaVariance"].includes(one.name);
        if (measure === "coordinates" || !mixture) total += scalarPrior(one).logDensity(s[a]!);
        else if (one.name === "inverseGammaVariance")
          total += -(one.parameters[0]! + 1) * 2 * Math.log(s[a]!) - one.parameters[1]! / s[a]! ** 2;
        else {
          const [df, scale] =
            one.name === "halfCauchy" ? [1, one.parameters[0]!] : (one.parameters as [number, number]);
          const k = mixing[a]!;
          total += (-df / 2) * Math.log(k) - (df / 2 + 1) * 2 * Math.log(s[a]!) - df / (k * s[a]! ** 2);
          total += -1.5 * Math.log(k) - 1 / (k * scale ** 2);
        }
      });
      if (measure === "coordinates") total += toSd + (correlated ? (own.eta - 1) * Math.log1p(-rho * rho) : 0);
      return;
    }
    if (own.kind === "expanded") {
      const unit = lambda.map((value, i) => value / mixing[Math.floor(i / q)]!);
      total += inverseWishart(unit, own.df, own.scale);
      const V = own.alphaCovariance;
      const r = own.alphaMean.map((mean, a) => mixing[a]! - mean);
      total -=
        q === 1
          ? (0.5 * r[0]! ** 2) / V[0]!
          : (0.5 * (V[3]! * r[0]! ** 2 - 2 * V[1]! * r[0]! * r[1]! + V[0]! * r[1]! ** 2)) /
            (V[0]! * V[3]! - V[1]! ** 2);
      return;
    }
    const df = own.kind === "huang-wand" ? own.df + q - 1 : own.df;
    const psi = own.kind === "huang-wand" ? [(2 * own.df) / mixing[0]!, 0, 0, (2 * own.df) / mixing[1]!] : own.scale;
    total += inverseWishart(lambda, df, psi);
    if (own.kind === "huang-wand")
      own.scales.forEach((A, k) => {
        total += (-df / 2 - 1.5) * Math.log(mixing[k]!) - 1 / (mixing[k]! * A * A);
      });
    if (measure === "coordinates") total += toSd + toMatrix;
    expect(Math.abs(det - (q === 1 ? Sigma[0]! : Sigma[0]! * Sigma[3]! - Sigma[1]! ** 2))).toBeLessThan(
      1e-9 * (1 + det),
    );
  });
  data.parameters.forEach((own, g) => {
    const x = phi[g]!;
    if (own.name === "inverseGammaVariance" && measure === "matrix")
      total += -(own.parameters[0]! + 1) * 2 * Math.log(x) - own.parameters[1]! / x ** 2;
    else if ((own.name === "halfStudentT" || own.name === "halfCauchy") && measure === "matrix") {
      const [df, scale] = own.name === "halfCauchy" ? [1, own.parameters[0]!] : (own.parameters as [number, number]);
      const a = state.sigmaMixing[0]!;
      total +=
        (-df / 2) * Math.log(a) -
        (df / 2 + 1) * 2 * Math.log(x) -
        df / (a * x * x) -
        1.5 * Math.log(a) -
        1 / (a * scale ** 2);
    } else total += scalarPrior(own).logDensity(x) + Math.log(x);
  });
  return total;
}

describe("every block's conditional density has the ratios of the joint density", () => {
  test.each(Object.keys(SMALL_MODELS))("%s", (name) => {
    const small = SMALL_MODELS[name]!();
    const rng = stream(`ratio/${name}`);
    const first = withResponse(small, small.data.data.columns["y"]!);
    drawPrior(small, first, rng);
    const y = drawResponse(small, first, rng);
    const sweep = withResponse(small, y, first);
    const { state, blocks, design, prior, latent } = sweep;
    // Latent variables that suit the state, and mixing variables away from 1.
    for (let k = 0; k < 3; k++) for (const block of blocks) block.draw(rng);
    let checked = 0;
    for (const block of blocks) {
      if (block.name === "linear predictor" || block.name === "choice of step") continue;
      const t =
        blocks.slice(0, blocks.indexOf(block)).filter(({ name: own }) => own === block.name).length > 0
          ? -1
          : state.lambda.findIndex((_, i) => {
              const { group, names } = small.data.data.random[i]!;
              return block.name.includes(`${names.join(", ")} | ${group}`);
            });
      if (/\| /.test(block.name) && t < 0) continue; // the same block again, as the negative binomial's other step has it
      const given = /given its effects/.test(block.name);
      const matrix =
        given ||
        /^scales? of/.test(block.name) ||
        block.name === "sigma" ||
        /^expansion/.test(block.name) ||
        block.name === "coefficients and random effects";
      const own = small.data.covariances[t];
      const without = block.name === "sigma and covariances without effects";
      const effects = blocks.find(({ name: other }) => other === "coefficients and random effects");
      const slice =
        given &&
        own?.kind === "separate" &&
        (own.sd.length === 0 ||
          !own.sd.every((one) => ["inverseGammaVariance", "halfStudentT", "halfCauchy"].includes(one.name)));
      const sliceSigma =
        block.name === "sigma" &&
        !["inverseGammaVariance", "halfStudentT", "halfCauchy"].includes(small.data.parameters[0]!.name);
      const measure = matrix && !slice && !sliceSigma ? "matrix" : "coordinates";
      const marginal =
        /^family|^effects|^coefficients( about their mode)?$/.test(block.name) &&
        ["negative-binomial", "probit", "polya-gamma"].includes(small.data.augmentation);
      const evaluate = () => {
        prior.refresh();
        updatePredictor(design, state);
        sweep.rows?.setParameters(state.phi);
        return {
          joint: logJoint(small.data, sweep, y, measure, marginal) + effectsMeasure(),
          // p(z | y) p(β, u | z, y) is what the joint density is proportional to.
          conditional: block.logConditional() + (without ? effects!.logConditional() : 0),
        };
      };
      // Where Λ moves with b fixed, p(b | Λ) = p(u)/|Λ|^levels.
      const effectsMeasure = () => {
        if (!given && !/^scales of the prior of|with effects/.test(block.name)) return 0;
        if (t < 0) return 0;
        const levels = state.u[t]!.length / covariance(state.lambda[t]!).q;
        const alpha = own?.kind === "expanded" ? state.mixing[t]! : null;
        return (
          -0.5 * levels * Math.log(covariance(state.lambda[t]!).det) +
          (alpha ? levels * sum(alpha.length, (a) => Math.log(Math.abs(alpha[a]!))) : 0)
        );
      };
      const before = evaluate();
      perturb();
      const after = evaluate();
      const difference = after.joint - before.joint;
      expect(Math.abs(difference), block.name).toBeGreaterThan(1e-6);
      expect(Math.abs(after.conditional - before.conditional - difference), block.name).toBeLessThan(
        1e-10 * (1 + Math.abs(before.joint) + Math.abs(difference)),
      );
      checked++;

      function perturb(): void {
        const shake = (x: Float64Array, by: number) => x.set(x.map((value) => value + by * rng.normal()));
        const spread = (x: Float64Array) => x.set(x.map((value) => value * Math.exp(0.3 * rng.normal())));
        const term = state.lambda[t];
        const q = term ? Math.sqrt(term.length) : 0;
        // to another matrix of the same structure
        const spreadFactor = (i: number) => {
          const factor = state.lambda[i]!;
          const structure = boundStructure(small.data.data.layout.terms[i]!);
          const entries = new Float64Array(structure.size);
          structure.fromFactor(factor, entries, 0);
          spread(entries);
          structure.fill(entries, 0, factor);
        };
        const toEffects = (i: number) => {
          const k = Math.sqrt(state.lambda[i]!.length);
          state.u[i]!.forEach((_, j) => {
            const a = j % k;
            state.b[i]![j] = sum(a + 1, (c) => state.lambda[i]![a * k + c]! * state.u[i]![j - a + c]!);
          });
        };
        const toSpherical = () =>
          state.b[t]!.forEach((value, j) => {
            const a = j % q;
            state.u[t]![j] = (value - sum(a, (c) => term![a * q + c]! * state.u[t]![j - a + c]!)) / term![a * q + a]!;
          });
        if (without) {
          spread(state.phi);
          state.lambda.forEach((_, i) => {
            spreadFactor(i);
            toEffects(i);
          });
        } else if (block.name === "coefficients and random effects") {
          shake(state.gamma, 0.3);
          state.u.forEach((u, i) => {
            shake(u, 0.3);
            toEffects(i);
          });
        } else if (/^coefficients( about their mode)?$/.test(block.name)) shake(state.gamma, 0.2);
        else if (block.name === "sigma" || /^family/.test(block.name)) spread(state.phi);
        else if (block.name === "scale of the prior of sigma") spread(state.sigmaMixing);
        else if (block.name === "scales of the coefficients' priors") {
          small.data.coefficients.kind === "independent" &&
            small.data.coefficients.distributions.forEach(({ name: law }, j) => {
              if (law !== "normal") prior.lambda[j]! *= Math.exp(0.3 * rng.normal());
            });
        } else if (/^scales of the prior of/.test(block.name)) spread(state.mixing[t]!);
        else if (given) {
          spreadFactor(t);
          toSpherical();
        } else if (/spherical/.test(block.name)) {
          spreadFactor(t);
          toEffects(t);
        } else if (/^expansion/.test(block.name)) {
          const alpha = state.mixing[t]!;
          const old = alpha.slice();
          spread(alpha);
          for (let a = 0; a < q; a++) for (let c = 0; c <= a; c++) term![a * q + c]! *= alpha[a]! / old[a]!;
          toEffects(t);
        } else if (/^effects of/.test(block.name)) {
          shake(state.u[t]!, 0.2);
          toEffects(t);
        } else if (/^coefficients with effects/.test(block.name)) {
          // The intercept up, the effects of the intercept down.
          const { p } = design;
          for (let j = 0; j < p; j++) state.gamma[j]! += 0.4 * design.map.toStandardised[j * p]!;
          for (let j = 0; j < state.b[t]!.length; j += q) state.b[t]![j]! -= 0.4;
          toSpherical();
        } else spread(latent);
      }
    }
    const { layout } = small.data.data;
    const variances = layout.size - layout.beta[0]!.size;
    expect(checked).toBeGreaterThan(variances === 0 ? 0 : small.data.collapsed ? 1 : 3);
  });
});
