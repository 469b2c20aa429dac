/** One Gibbs chain: its blocks in the order of a sweep. Advanced a sweep at a time, so that a runner can pause or stop it. */
import { foldSigns } from "../../charts/random-term.ts";
import { polyaGammaParts } from "../../random/polya-gamma.ts";
import type { Rng } from "../../random/rng.ts";
import { createRng } from "../../random/rng.ts";
import type { Block } from "./block.ts";
import type { NormalCoefficients } from "./coefficient-prior.ts";
import { normalCoefficients } from "./coefficient-prior.ts";
import { covarianceGivenEffects } from "./covariance-given-effects.ts";
import { covarianceGivenSpherical, expansionBlock } from "./covariance-given-spherical.ts";
import { covarianceCoordinates } from "./covariance-prior.ts";
import { expansionByKernel } from "./expansion-by-kernel.ts";
import { familyParameter } from "./family-parameter.ts";
import type { GibbsData, GibbsResult, GibbsSettings } from "./gibbs-data.ts";
import { jointEffects } from "./joint-effects.ts";
import { kernelLikelihood } from "./kernel-likelihood.ts";
import { latentNormals } from "./latent-normals.ts";
import { metropolisCoefficients } from "./metropolis-coefficients.ts";
import { metropolisEffects } from "./metropolis-effects.ts";
import { logitForm, negativeBinomialForm, polyaGammaVariables } from "./polya-gamma-variables.ts";
import type { RowLikelihood } from "./row-likelihood.ts";
import { rowLikelihood } from "./row-likelihood.ts";
import { sigmaBlocks } from "./sigma.ts";
import type { GibbsDesign, GibbsState } from "./state.ts";
import { gibbsDesign, multiply, stateAt, updatePredictor } from "./state.ts";
import { translation } from "./translation.ts";
import { workingLikelihood } from "./working-likelihood.ts";
import type { WorkingModel } from "./working-model.ts";
import { workingModel } from "./working-model.ts";

/** A chain's state with the blocks of a sweep. */
export interface Sweep {
  readonly design: GibbsDesign;
  readonly state: GibbsState;
  readonly prior: NormalCoefficients;
  readonly blocks: readonly Block[];
  /** The Gaussian regression behind the joint draw; null where effects are drawn by Metropolis steps. */
  readonly model: WorkingModel | null;
  /** The family's likelihood; null where the model is Gaussian. */
  readonly rows: RowLikelihood | null;
  /** Data augmentation of each row; empty where there is none. */
  readonly latent: Float64Array;
}

/** From this mean number of rejections a row on, Pólya-Gamma variables cost more than Metropolis steps. */
export const MOST_PARTS = 25;

/** Builds the blocks at natural parameters `start`. */
export function buildSweep(data: GibbsData, start: Float64Array): Sweep {
  const design = gibbsDesign(data.data);
  const rows = data.kernel ? rowLikelihood(data) : null;
  const state = stateAt(design, start, rows ? rows.eta : new Float64Array(design.n));
  rows?.setParameters(state.phi);
  const prior = normalCoefficients(data.coefficients, design, state);
  const parts = rows
    ? data.augmentation === "metropolis"
      ? metropolisSweep(data, design, state, prior, rows)
      : augmentedSweep(data, design, state, prior, rows)
    : gaussianSweep(data, design, state, prior);
  const blocks = prior.mixing ? [...parts.blocks, prior.mixing] : parts.blocks;
  return { design, state, prior, rows, ...parts, blocks };
}

type Parts = Pick<Sweep, "blocks" | "model" | "latent">;

const label = ({ data }: GibbsDesign, t: number): string => {
  const { group, names } = data.random[t]!;
  return `${names.join(", ")} | ${group}`;
};

/** The covariance blocks of all terms where effects are drawn from a Gaussian working model. */
function workingCovariances(data: GibbsData, design: GibbsDesign, state: GibbsState, model: WorkingModel): Block[] {
  const { layout } = data.data;
  return layout.terms.flatMap(({ q, covariance }, t) => {
    const prior = data.covariances[t]!;
    const coordinates = covarianceCoordinates(covariance, q);
    const name = label(design, t);
    const likelihood = workingLikelihood(model, state, t, covariance === "diag");
    return [
      ...covarianceGivenEffects(state, t, prior, coordinates, name),
      prior.kind === "expanded"
        ? expansionBlock(state, t, prior, likelihood, name)
        : covarianceGivenSpherical(state, t, prior, coordinates, likelihood, name),
    ];
  });
}

function gaussianSweep(data: GibbsData, design: GibbsDesign, state: GibbsState, prior: NormalCoefficients): Parts {
  const { columns, multiplier, n } = data.data;
  const { offset } = design;
  const precision = columns["weights"];
  const weight = new Float64Array(n);
  let observations = 0;
  for (let i = 0; i < n; i++) {
    const m = multiplier ? multiplier[i]! : 1;
    weight[i] = m * (precision ? precision[i]! : 1);
    if (weight[i]! > 0) observations += m;
  }
  const model = workingModel(design, weight, true);
  model.update(
    weight,
    columns["y"]!.map((y, i) => y - offset[i]!),
  );
  return {
    model,
    latent: new Float64Array(0),
    blocks: [
      ...sigmaBlocks(model, state, data.parameters[0]!, observations),
      jointEffects(model, prior, state),
      ...workingCovariances(data, design, state, model),
    ],
  };
}

const NO_DRAW = { logConditional: () => 0 };

function augmentedSweep(
  data: GibbsData,
  design: GibbsDesign,
  state: GibbsState,
  prior: NormalCoefficients,
  rows: RowLikelihood,
): Parts {
  const { columns, multiplier, n } = data.data;
  const y = columns["y"]!;
  const times = (x: ArrayLike<number> | undefined) =>
    Float64Array.from({ length: n }, (_, i) => (x ? x[i]! : 1) * (multiplier ? multiplier[i]! : 1));
  const predictor: Block = { ...NO_DRAW, name: "linear predictor", draw: () => updatePredictor(design, state) };
  const parameters = data.supports.map((support, g) => familyParameter(state, g, data.parameters[g]!, support, rows));
  if (data.augmentation === "probit") {
    const trials = times(columns["trials"]);
    const model = workingModel(design, trials, false);
    const latent = new Float64Array(trials.reduce((sum, m) => sum + m, 0));
    return {
      model,
      latent,
      blocks: [
        latentNormals(design, state, model, times(y), trials, latent),
        jointEffects(model, prior, state),
        ...workingCovariances(data, design, state, model),
        predictor,
      ],
    };
  }
  const form =
    data.augmentation === "polya-gamma"
      ? logitForm(times(y), times(columns["trials"]))
      : negativeBinomialForm(y, multiplier, state);
  form.refresh();
  const latent = new Float64Array(n);
  const model = workingModel(design, form.b, false);
  const variables = polyaGammaVariables(design, state, model, form, latent);
  const augmented = [
    variables,
    jointEffects(model, prior, state),
    ...workingCovariances(data, design, state, model),
    predictor,
  ];
  if (data.augmentation === "polya-gamma") return { model, latent, blocks: augmented };
  // Where theta has grown so large that its Pólya-Gamma variables are dear, this sweep's steps are Metropolis ones: theta stays meanwhile.
  const metropolis = metropolisBlocks(data, design, state, prior, rows);
  const dear = () => {
    form.refresh();
    let total = 0;
    for (let i = 0; i < n; i++) total += polyaGammaParts(form.b[i]!);
    return total > MOST_PARTS * n;
  };
  let useMetropolis = false;
  const decide: Block = {
    ...NO_DRAW,
    name: "choice of step",
    draw() {
      useMetropolis = dear();
    },
  };
  const only = (block: Block, when: boolean): Block => ({
    ...block,
    draw(rng) {
      if (useMetropolis === when) block.draw(rng);
    },
  });
  return {
    model,
    latent,
    blocks: [
      ...parameters,
      decide,
      ...augmented.map((block) => only(block, false)),
      ...metropolis.map((block) => only(block, true)),
    ],
  };
}

function metropolisBlocks(
  data: GibbsData,
  design: GibbsDesign,
  state: GibbsState,
  prior: NormalCoefficients,
  rows: RowLikelihood,
): Block[] {
  const { layout } = data.data;
  const perTerm = layout.terms.flatMap(({ q, covariance }, t): Block[] => {
    const own = data.covariances[t]!;
    const coordinates = covarianceCoordinates(covariance, q);
    const name = label(design, t);
    const move = translation(design, state, prior, t, name);
    return [
      metropolisEffects(design, state, t, rows, name),
      ...(move ? [move] : []),
      ...covarianceGivenEffects(state, t, own, coordinates, name),
      own.kind === "expanded"
        ? expansionByKernel(state, t, own, kernelLikelihood(design, state, t, rows), name)
        : covarianceGivenSpherical(state, t, own, coordinates, kernelLikelihood(design, state, t, rows), name),
    ];
  });
  return [metropolisCoefficients(design, state, prior, rows), ...perTerm];
}

function metropolisSweep(
  data: GibbsData,
  design: GibbsDesign,
  state: GibbsState,
  prior: NormalCoefficients,
  rows: RowLikelihood,
): Parts {
  const parameters = data.supports.map((support, g) => familyParameter(state, g, data.parameters[g]!, support, rows));
  return {
    model: null,
    latent: new Float64Array(0),
    blocks: [...parameters, ...metropolisBlocks(data, design, state, prior, rows)],
  };
}

export interface GibbsChain {
  readonly iterations: number;
  readonly done: number;
  /** Runs one sweep. */
  advance(): void;
  result(): GibbsResult;
}

/** Where a chain starts: standard deviations and positive parameters spread about those of `start`. */
function dispersed({ data, supports }: GibbsData, start: Float64Array, rng: Rng): Float64Array {
  const x = start.slice();
  const { layout } = data;
  for (const { offset, size } of layout.terms) {
    const factor = Math.exp(0.5 * rng.normal());
    for (let i = 0; i < size; i++) x[offset + i]! *= factor;
  }
  supports.forEach((support, g) => {
    if (support === "positive") x[layout.phi.offset + g]! *= Math.exp(0.5 * rng.normal());
  });
  return x;
}

/** Starts a chain; the result depends on data and settings only. */
export function startGibbsChain(data: GibbsData, { warmup, draws, thin, seed, start }: GibbsSettings): GibbsChain {
  const rng = createRng(seed);
  const { design, state, blocks } = buildSweep(data, dispersed(data, start, rng));
  const { layout } = data.data;
  const { p, map } = design;
  const values = new Float64Array(draws * layout.size);
  const effects = state.b.map((b) => new Float64Array(draws * b.length));
  const iterations = warmup + draws * thin;
  let done = 0;

  function store(draw: number): void {
    const x = values.subarray(draw * layout.size, (draw + 1) * layout.size);
    multiply(map.toUser, state.gamma, p, x.subarray(layout.beta[0]!.offset));
    layout.terms.forEach(({ q, offset, covariance }, t) => {
      let position = offset;
      for (let column = 0; column < q; column++)
        for (let row = column; row < (covariance === "diag" ? column + 1 : q); row++)
          x[position++] = state.lambda[t]![row * q + column]!;
      foldSigns(covariance, q, x, offset);
      effects[t]!.set(state.b[t]!, draw * state.b[t]!.length);
    });
    x.set(state.phi, layout.phi.offset);
  }

  return {
    iterations,
    get done() {
      return done;
    },
    advance() {
      for (const block of blocks) block.draw(rng);
      done++;
      if (done === warmup) for (const { proposals } of blocks) if (proposals) proposals.made = proposals.accepted = 0;
      if (done > warmup && (done - warmup) % thin === 0) store((done - warmup) / thin - 1);
    },
    result: () => ({
      kind: "gibbs",
      values,
      effects,
      acceptance: blocks.flatMap(({ name, proposals }) =>
        proposals && proposals.made > 0 ? [{ block: name, rate: proposals.accepted / proposals.made }] : [],
      ),
    }),
  };
}
