/** Small models with proper priors, one for every sweep, and exact draws from their priors. */
import { columnsForText } from "../../../src/autodiff/kernel-text.ts";
import { precisionFactor } from "../../../src/covariance/level-precision.ts";
import { boundStructure } from "../../../src/covariance/structures.ts";
import type { CompiledModel } from "../../../src/model/compiled-model.ts";
import { model } from "../../../src/model-builder.ts";
import type { ConjugatePrior } from "../../../src/priors/conjugate-prior.ts";
import { huangWandPrior, mcmcglmmPrior } from "../../../src/priors/conjugate-prior.ts";
import { scalarPrior } from "../../../src/priors/density.ts";
import {
  cauchy,
  doubleExponential,
  gamma,
  halfCauchy,
  halfNormal,
  halfStudentT,
  inverseGammaVariance,
  lkj,
  normal,
  studentT,
} from "../../../src/priors/distributions.ts";
import { resolvePriors } from "../../../src/priors/resolve.ts";
import { createRng, type Rng } from "../../../src/random/rng.ts";
import { betaVariate, inverseGammaVariate } from "../../../src/random/variates.ts";
import { inverseWishartFactor } from "../../../src/random/wishart.ts";
import type { GibbsData } from "../../../src/samplers/gibbs/gibbs-data.ts";
import { prepareGibbs } from "../../../src/samplers/gibbs/prepare-gibbs.ts";
import { updatePredictor } from "../../../src/samplers/gibbs/state.ts";
import { buildSweep, type Sweep } from "../../../src/samplers/gibbs/sweep.ts";

export interface SmallModel {
  readonly compiled: CompiledModel;
  readonly data: GibbsData;
  readonly start: Float64Array;
}

const ROWS = 20;
const rows = Array.from({ length: ROWS }, (_, i) => i);
const table = {
  x: rows.map((i) => Math.sin(1.7 * i) + 0.3),
  g: rows.map((i) => `g${i % 5}`),
  h: rows.map((i) => `h${(i * 7) % 4}`),
  w: rows.map((i) => 0.5 + (i % 3)),
  m: rows.map((i) => 1 + (i % 4)),
  // starting values of the response only: every test draws its own
  y: rows.map((i) => i % 2),
  time: rows.map((i) => Math.floor(i / 5) - 1),
  by_level: rows.map((i) => (i % 5 < 2 ? 0.6 : 1.1)),
  off: rows.map((i) => 0.1 * (i % 3)),
};

/** A covariance across the levels of g and two more, which have no rows. */
const RELATED = {
  levels: ["g5", "g0", "g1", "g2", "g3", "g4", "g6"],
  values: Array.from({ length: 7 }, (_, i) =>
    Array.from({ length: 7 }, (_, j) => (i === j ? 1 + 0.1 * i : 0.6 ** Math.abs(i - j))),
  ),
};

/** The same by a sparse inverse, in which g0, g2, g4 are connected through g1, g3 and a level without rows only. */
const CONNECTED = {
  levels: ["g0", "g1", "g2", "g3", "g4", "g5"],
  precision: {
    rows: [0, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5],
    columns: [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 0],
    values: [1.4, 1.6, 1.5, 1.7, 1.3, 1.2, -0.5, -0.4, -0.6, -0.5, 0.3],
  },
};

function prepare(declared: { compile(): CompiledModel }, given: ConjugatePrior | null): SmallModel {
  const compiled = declared.compile();
  const { data, start } = prepareGibbs(compiled, resolvePriors(compiled), given);
  return { compiled, data, start };
}

/** The same with sigma and covariances drawn by turns with the effects, or without them, whatever would be chosen. */
const interwoven = ({ data, ...rest }: SmallModel): SmallModel => ({ ...rest, data: { ...data, collapsed: false } });
const collapsed = ({ data, ...rest }: SmallModel): SmallModel => ({ ...rest, data: { ...data, collapsed: true } });

/** With the steps that integrate the latent variables out, however many successes there are. */
const rare = ({ data, ...rest }: SmallModel): SmallModel => ({ ...rest, data: { ...data, rare: true } });

const base = () => model(table).prior("fixed", normal(0.2, 0.7)).prior("sd", halfNormal(0.8));

const slopes = () =>
  prepare(
    base().formula("y ~ x + offset(off) + (x | g)").weights("w").prior("cor", lkj(2)).prior("sigma", halfNormal(1)),
    null,
  );

const givenSds = () =>
  prepare(
    model(table)
      .formula("y ~ x + us(x | g, sd = c(0.8, 0.5))")
      .prior("fixed", normal(0.2, 0.7))
      .prior("cor", lkj(2))
      .prior("sigma", halfNormal(1)),
    null,
  );

const symmetric = (kind: "cs" | "homcs") =>
  prepare(base().formula(`y ~ x + ${kind}(x | g)`).prior("cor", lkj(2)).prior("sigma", halfNormal(1)), null);

const crossed = () =>
  prepare(
    base()
      .formula("y ~ x + (1 | g) + (1 | h)")
      .prior("fixed:(Intercept)", cauchy(0, 0.5))
      .prior("fixed:x", studentT(4, 0.1, 0.6))
      .prior("sd:g", halfStudentT(3, 0.7))
      .prior("sd:h", halfCauchy(0.5))
      .prior("sigma", halfStudentT(4, 1)),
    null,
  );

/** By name: the declaration and the conjugate prior. */
export const SMALL_MODELS: Readonly<Record<string, () => SmallModel>> = {
  "gaussian, slopes, lkj, precision weights": slopes,
  "gaussian, slopes, interwoven": () => interwoven(slopes()),
  "gaussian, crossed, half-t, t and Cauchy coefficients": () => collapsed(crossed()),
  "gaussian, crossed, interwoven": () => interwoven(crossed()),
  "gaussian, balanced one-way layout": () =>
    collapsed(prepare(base().formula("y ~ 1 + (1 | g)").prior("sigma", inverseGammaVariance(3, 2)), null)),
  "gaussian, balanced slopes, two classes of weights, known variances": () =>
    collapsed(prepare(base().formula("y ~ time + (time | g)").standardErrors("by_level").prior("cor", lkj(2)), null)),
  "gaussian, three effects a level": () =>
    collapsed(prepare(base().formula("y ~ time + (time | g) + (0 + x | g)").prior("cor", lkj(2)), null)),
  "gaussian, inverse gamma, double exponential": () =>
    prepare(
      base()
        .formula("y ~ x + (1 | g) + (0 + x | g)")
        .prior("fixed:x", doubleExponential(0, 0.6))
        .prior("sd:g", inverseGammaVariance(3, 1))
        .prior("sigma", inverseGammaVariance(3, 2)),
      null,
    ),
  "gaussian, inverse Wishart": () =>
    prepare(
      base().formula("y ~ x + (x | g)"),
      mcmcglmmPrior({
        B: {
          mu: [0.1, -0.2],
          V: [
            [0.5, 0.1],
            [0.1, 0.4],
          ],
        },
        G: [
          {
            V: [
              [0.5, 0.1],
              [0.1, 0.3],
            ],
            nu: 6,
          },
        ],
        R: { V: 0.7, nu: 6 },
      }),
    ),
  "gaussian, parameter expanded": () =>
    prepare(
      base().formula("y ~ x + (x | g)").prior("sigma", gamma(4, 4)),
      mcmcglmmPrior({
        G: [
          {
            V: [
              [1, 0.2],
              [0.2, 0.8],
            ],
            nu: 6,
            alphaMu: [0.3, 0.1],
            alphaV: [
              [0.6, 0.1],
              [0.1, 0.5],
            ],
          },
        ],
      }),
    ),
  "gaussian, Huang and Wand": () =>
    prepare(base().formula("y ~ x + (x | g)").prior("sigma", halfCauchy(0.7)), huangWandPrior([[0.6, 0.4]], 3)),
  "gaussian, compound symmetry": () => symmetric("cs"),
  "gaussian, compound symmetry of one variance, interwoven": () => interwoven(symmetric("homcs")),
  "gaussian, given standard deviations": () => givenSds(),
  "gaussian, given standard deviations, interwoven": () => interwoven(givenSds()),
  "gaussian, given standard deviations and sigma": () =>
    collapsed(prepare(base().formula("y ~ x + cs(x | g, sd = c(0.8, 0.5)) + (1 | h)").sigma(0.8).weights("w"), null)),
  "gaussian, nothing but effects": () =>
    prepare(model(table).formula("y ~ x + us(1 | g, sd = 0.7)").sigma(0.8).prior("fixed", normal(0.2, 0.7)), null),
  "probit, given standard deviations": () =>
    prepare(
      model(table)
        .formula("y | trials(m) ~ x + us(x | g, sd = 0.6)")
        .family({ name: "binomial", link: "probit" })
        .prior("fixed", normal(0.2, 0.7))
        .prior("cor", lkj(2)),
      null,
    ),
  "poisson, given standard deviations beside a free one, known covariance across levels": () =>
    prepare(
      base()
        .formula("y ~ x + us(x | gr(g, cov = A), sd = c(0.5, 0.3)) + (1 | h)")
        .family({ name: "poisson" })
        .knownCovariance("A", RELATED)
        .prior("cor", lkj(2)),
      null,
    ),
  "logit, independent effects of one variance": () =>
    prepare(base().formula("y | trials(m) ~ x + homdiag(x | g)").family({ name: "binomial" }), null),
  "gaussian, known covariance across levels, slopes": () =>
    prepare(
      base()
        .formula("y ~ x + (x | gr(g, cov = A)) + (1 | h)")
        .knownCovariance("A", RELATED)
        .prior("cor", lkj(2))
        .prior("sigma", halfNormal(1)),
      null,
    ),
  "gaussian, known covariance across levels, inverse Wishart": () =>
    prepare(
      base().formula("y ~ x + (x | gr(g, cov = A))").knownCovariance("A", RELATED),
      mcmcglmmPrior({
        G: [
          {
            V: [
              [0.5, 0.1],
              [0.1, 0.3],
            ],
            nu: 6,
          },
        ],
        R: { V: 0.7, nu: 6 },
      }),
    ),
  "probit, known covariance across levels, half-t": () =>
    prepare(
      base()
        .formula("y | trials(m) ~ x + (1 | gr(g, cov = A))")
        .family({ name: "binomial", link: "probit" })
        .knownCovariance("A", RELATED)
        .prior("sd", halfStudentT(4, 0.7)),
      null,
    ),
  "probit, trials": () =>
    prepare(base().formula("y | trials(m) ~ x + (1 | g) + (1 | h)").family({ name: "binomial", link: "probit" }), null),
  "logit, trials": () =>
    prepare(
      base().formula("y | trials(m) ~ x + offset(off) + (x | g)").family({ name: "binomial" }).prior("cor", lkj(1.5)),
      null,
    ),
  "probit, trials, rare, t coefficients": () =>
    rare(
      prepare(
        base()
          .formula("y | trials(m) ~ x + (1 | g)")
          .family({ name: "binomial", link: "probit" })
          .prior("fixed:(Intercept)", studentT(4, -1, 0.6)),
        null,
      ),
    ),
  "logit, rare, slopes": () =>
    rare(
      prepare(
        base().formula("y | trials(m) ~ x + offset(off) + (x | g)").family({ name: "binomial" }).prior("cor", lkj(1.5)),
        null,
      ),
    ),
  "logit, crossed": () =>
    prepare(base().formula("y | trials(m) ~ x + (1 | g) + (1 | h)").family({ name: "binomial" }), null),
  "negative binomial": () =>
    prepare(base().formula("y ~ x + (1 | g)").family({ name: "nbinom2" }).prior("aux", gamma(4, 2)), null),
  // Prior mean of theta 100: about half of the sweeps are of either kind.
  "negative binomial, steps by turns": () =>
    prepare(base().formula("y ~ x + (1 | g)").family({ name: "nbinom2" }).prior("aux", gamma(4, 0.04)), null),
  "poisson, slopes": () =>
    prepare(base().formula("y ~ x + offset(off) + (x | g)").family({ name: "poisson" }).prior("cor", lkj(2)), null),
  "poisson, compound symmetry of one variance": () =>
    prepare(base().formula("y ~ x + homcs(x | g)").family({ name: "poisson" }).prior("cor", lkj(2)), null),
  "poisson, crossed, half-t": () =>
    prepare(
      base().formula("y ~ x + (1 | g) + (1 | h)").family({ name: "poisson" }).prior("sd", halfStudentT(5, 0.4)),
      null,
    ),
  "poisson, known covariance across levels, slopes": () =>
    prepare(
      base()
        .formula("y ~ x + (x | gr(g, cov = A))")
        .family({ name: "poisson" })
        .knownCovariance("A", RELATED)
        .prior("cor", lkj(2)),
      null,
    ),
  "poisson, known precision across levels, half-t": () =>
    prepare(
      base()
        .formula("y ~ x + (1 | gr(g, cov = A))")
        .family({ name: "poisson" })
        .knownCovariance("A", CONNECTED)
        .prior("sd", halfStudentT(5, 0.4)),
      null,
    ),
  "negative binomial, known precision across levels": () =>
    prepare(
      base()
        .formula("y ~ x + (1 | gr(g, cov = A)) + (1 | h)")
        .family({ name: "nbinom2" })
        .knownCovariance("A", CONNECTED)
        .prior("aux", gamma(4, 0.04)),
      null,
    ),
  "poisson, parameter expanded": () =>
    prepare(
      base().formula("y ~ x + (1 | g)").family({ name: "poisson" }),
      mcmcglmmPrior({ G: [{ V: 0.5, nu: 6, alphaMu: 0.2, alphaV: 0.4 }] }),
    ),
};

/** Sets the sweep's state to a draw from the prior. */
export function drawPrior({ data }: SmallModel, { state, prior, design }: Sweep, rng: Rng): void {
  const { coefficients } = data;
  const beta = new Float64Array(design.p);
  if (coefficients.kind === "normal") {
    const [a, , b, c] = coefficients.covariance as [number, number, number, number];
    const l = Math.sqrt(a);
    const [z1, z2] = [rng.normal(), rng.normal()];
    beta[0] = coefficients.mean[0]! + l * z1;
    beta[1] = coefficients.mean[1]! + (b / l) * z1 + Math.sqrt(c - (b / l) ** 2) * z2;
  } else beta.set(coefficients.distributions.map((own) => scalarPrior(own).draw(rng)));
  for (let i = 0; i < design.p; i++) {
    let sum = 0;
    for (let j = 0; j < design.p; j++) sum += design.map.toStandardised[i * design.p + j]! * beta[j]!;
    state.gamma[i] = sum;
  }
  data.covariances.forEach((own, t) => {
    const lambda = state.lambda[t]!;
    const q = Math.sqrt(lambda.length);
    if (own.kind === "separate") {
      const { covariance, sd: given } = data.data.layout.terms[t]!;
      const sd = given ?? own.sd.map((one) => scalarPrior(one).draw(rng));
      const { diagonal } = boundStructure({ covariance, q });
      const rho = q === 2 && !diagonal ? 2 * betaVariate(rng, own.eta, own.eta) - 1 : 0;
      lambda[0] = sd[0]!;
      if (q === 2) {
        const second = sd[1] ?? sd[0]!;
        lambda[2] = second * rho;
        lambda[3] = second * Math.sqrt(1 - rho * rho);
      }
    } else {
      const psi = new Float64Array(q * q);
      let df: number;
      if (own.kind === "huang-wand") {
        df = own.df + q - 1;
        for (let a = 0; a < q; a++) psi[a * q + a] = (2 * own.df) / inverseGammaVariate(rng, 0.5, own.scales[a]! ** -2);
      } else {
        df = own.df;
        psi.set(own.scale);
      }
      inverseWishartFactor(rng, df, psi, q, lambda);
      if (own.kind === "expanded") {
        const alpha = state.mixing[t]!;
        const V = own.alphaCovariance;
        const z = rng.normal();
        alpha[0] = own.alphaMean[0]! + Math.sqrt(V[0]!) * z;
        if (q === 2)
          alpha[1] =
            own.alphaMean[1]! + (V[1]! / Math.sqrt(V[0]!)) * z + Math.sqrt(V[3]! - V[1]! ** 2 / V[0]!) * rng.normal();
        for (let a = 0; a < q; a++) for (let c = 0; c < q; c++) lambda[a * q + c]! *= alpha[a]!;
      }
    }
    for (let i = 0; i < state.u[t]!.length; i++) state.u[t]![i] = rng.normal();
    const { known } = data.data.random[t]!;
    if (known) precisionFactor(known).halfSolveTransposed(state.u[t]!, q);
    for (let l = 0; l < state.u[t]!.length; l += q)
      for (let a = 0; a < q; a++) {
        let sum = 0;
        for (let c = 0; c <= a; c++) sum += lambda[a * q + c]! * state.u[t]![l + c]!;
        state.b[t]![l + a] = sum;
      }
  });
  state.phi.set(data.parameters.map((own) => scalarPrior(own).draw(rng)));
  updatePredictor(design, state);
  // Scales of the coefficients' priors go with the coefficients; those of other priors are drawn before they are used.
  prior.mixing?.draw(rng);
}

/** A response drawn given the state. */
export function drawResponse({ compiled, data }: SmallModel, { state, design }: Sweep, rng: Rng): Float64Array {
  updatePredictor(design, state);
  const { columns } = data.data;
  const { family } = compiled;
  return Float64Array.from({ length: design.n }, (_, i) => {
    const column = Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[i]!]));
    const parameter = Object.fromEntries(family.parameters.map(({ name }, g) => [name, state.phi[g]!]));
    return family.simulate(rng, { eta: [state.eta[i]!], parameter, column });
  });
}

/** The sweep of the model with another response, its state copied. */
export function withResponse({ compiled, data, start }: SmallModel, y: Float64Array, from?: Sweep): Sweep {
  const own = { ...data.data.columns, y };
  const columns = data.kernel ? columnsForText(compiled.kernel, own, y.length) : own;
  const sweep = buildSweep({ ...data, data: { ...data.data, columns } }, start);
  if (!from) return sweep;
  const { state } = sweep;
  const source = from.state;
  state.gamma.set(source.gamma);
  state.phi.set(source.phi);
  state.sigmaMixing.set(source.sigmaMixing);
  state.lambda.forEach((own, t) => {
    own.set(source.lambda[t]!);
    state.u[t]!.set(source.u[t]!);
    state.b[t]!.set(source.b[t]!);
    state.mixing[t]!.set(source.mixing[t]!);
  });
  sweep.blocks.forEach(({ saved }, i) => {
    for (const [name, array] of Object.entries(saved ?? {})) array.set(from.blocks[i]!.saved![name]!);
  });
  sweep.prior.lambda.set(from.prior.lambda);
  sweep.prior.refresh();
  updatePredictor(sweep.design, state);
  if (sweep.model && data.augmentation === "gaussian" && state.phi.length > 0)
    sweep.model.scale = 1 / state.phi[0]! ** 2;
  sweep.rows?.setParameters(state.phi);
  return sweep;
}

export const stream = (key: string): Rng => createRng(`gibbs tests/${key}`);
