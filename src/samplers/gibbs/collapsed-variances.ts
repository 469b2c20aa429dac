/**
 * The residual standard deviation and the covariances of a Gaussian model with coefficients and random effects integrated out, in log standard deviations
 * and partial correlations: slice sampling of one coordinate after the other, and, once a warm-up has shown where they lie, all at once by an independence
 * sampler, with slices now and then. The draw of coefficients and effects that follows makes the two one draw from the posterior of all of
 * them, so nothing else need know that this step left them out (partially collapsed Gibbs sampling: van Dyk & Park 2008, "Partially collapsed Gibbs samplers",
 * JASA 103; its order matters: nothing that depends on the effects may come between the two).
 */
import type { PriorDistribution } from "../../dsl/model-spec.ts";
import { scalarPrior } from "../../priors/density.ts";
import type { Rng } from "../../random/rng.ts";
import type { Block } from "./block.ts";
import type { CovarianceCoordinates } from "./covariance-prior.ts";
import { covarianceLogPrior } from "./covariance-prior.ts";
import type { CovariancePrior } from "./gibbs-data.ts";
import { type IndependenceProposal, independenceProposal } from "./independence-proposal.ts";
import type { JointEffects } from "./joint-effects.ts";
import { sliceUpdate } from "./slice.ts";
import type { GibbsState } from "./state.ts";
import type { WorkingModel } from "./working-model.ts";

/** Independent proposals a sweep. */
const TRIES = 2;
/** Shares of the warm-up after which the proposal is fitted to the draws so far; what follows the last shows how often it is accepted. */
const FITS = [0.2, 0.6];
/** Share of the sweeps with a slice beside proposals that are accepted well enough, and the rate that is. */
const SLICE_SHARE = 0.2;
const WELL_ENOUGH = 0.25;

/** Some coordinates of z with a prior of their own. */
interface Part {
  readonly z: Float64Array;
  /** About the scale of the coordinates. */
  readonly width: number;
  logPrior(): number;
  /** Takes z from the state, and gives it to it. */
  read(): void;
  write(): void;
}

/** The coordinates by part, and the proposal of all at once. */
interface Coordinates {
  readonly effects: JointEffects;
  readonly observations: number;
  readonly z: Float64Array;
  readonly before: Float64Array;
  readonly parts: Part[];
  readonly drawn: Part[];
  readonly proposal: IndependenceProposal;
  readonly proposals: { made: number; accepted: number };
}

function read(s: Coordinates): void {
  const { parts } = s;
  for (const part of parts) part.read();
}

function write(s: Coordinates): void {
  const { parts } = s;
  for (const part of parts) part.write();
}

const finite = (value: number): number => (Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value);

/** Log density of z: priors and integrated likelihood. */
function logDensity(s: Coordinates): number {
  const { effects, observations, parts } = s;
  let sum = effects.logMarginal(observations);
  for (const part of parts) sum += part.logPrior();
  return finite(sum);
}

function slice(s: Coordinates, rng: Rng, { z: own, width, logPrior, write: writePart }: Part, i: number): void {
  const { effects, observations } = s;
  sliceUpdate(rng, own[i]!, width, (value) => {
    own[i] = value;
    writePart();
    return finite(logPrior() + effects.logMarginal(observations));
  });
}

function sliceAll(s: Coordinates, rng: Rng): void {
  const { parts } = s;
  for (const part of parts) for (let i = 0; i < part.z.length; i++) slice(s, rng, part, i);
}

function sliceAny(s: Coordinates, rng: Rng): void {
  const { drawn } = s;
  const part = drawn[Math.floor(rng.uniform() * drawn.length)]!;
  slice(s, rng, part, Math.floor(rng.uniform() * part.z.length));
}

function propose(s: Coordinates, rng: Rng): void {
  const { z, before, proposal, proposals } = s;
  let current = logDensity(s) - proposal.logDensity(z);
  before.set(z);
  for (let k = 0; k < TRIES; k++) {
    proposal.draw(rng, z);
    write(s);
    const value = logDensity(s) - proposal.logDensity(z);
    proposals.made++;
    if (Math.log(rng.uniform()) < value - current) {
      proposals.accepted++;
      current = value;
      before.set(z);
    } else z.set(before);
  }
  write(s);
}

/**
 * @param sigma prior of the residual standard deviation; null where it is known
 * @param terms priors and coordinates of the covariances
 * @param observations N of the likelihood σ^−N exp(−RSS/2σ²)
 */
export function collapsedVariances(
  model: WorkingModel,
  state: GibbsState,
  effects: JointEffects,
  sigma: PriorDistribution | null,
  terms: readonly { readonly prior: CovariancePrior; readonly coordinates: CovarianceCoordinates }[],
  observations: number,
): Block {
  const { phi } = state;
  const d = terms.reduce((sum, { coordinates }) => sum + coordinates.chart.size, sigma ? 1 : 0);
  const z = new Float64Array(d);
  const before = new Float64Array(d);
  let offset = 0;
  const next = (size: number) => {
    offset += size;
    return z.subarray(offset - size, offset);
  };
  const setScale = () => {
    if (sigma) model.scale = 1 / (phi[0]! * phi[0]!);
  };
  setScale();
  const parts = terms.map(({ prior, coordinates }, t): Part => {
    const own = next(coordinates.chart.size);
    const logPrior = covarianceLogPrior(prior, coordinates, state.mixing[t]!);
    const lambda = state.lambda[t]!;
    return {
      z: own,
      width: 3 / Math.sqrt(state.u[t]!.length / coordinates.q + 1),
      logPrior: () => logPrior(own),
      read: () => coordinates.fromFactor(lambda, own),
      write: () => coordinates.toFactor(own, lambda),
    };
  });
  if (sigma) {
    const own = next(1);
    const { logDensity } = scalarPrior(sigma);
    parts.push({
      z: own,
      width: 2.5 / Math.sqrt(observations + 1),
      logPrior: () => logDensity(phi[0]!) + own[0]!,
      read() {
        own[0] = Math.log(phi[0]!);
      },
      write() {
        phi[0] = Math.exp(own[0]!);
        setScale();
      },
    });
  }
  const drawn = parts.filter((part) => part.z.length > 0);
  const proposal = independenceProposal(d);
  const proposals = { made: 0, accepted: 0 };
  const s: Coordinates = { effects, observations, z, before, parts, drawn, proposal, proposals };

  return {
    name: "sigma and covariances without effects",
    proposals,
    saved: { "variance draws": proposal.saved.draws, "variance proposal": proposal.saved.law },
    restored: setScale,
    draw(rng) {
      read(s);
      if (!proposal.active) {
        sliceAll(s, rng);
        return;
      }
      propose(s, rng);
      if (rng.uniform() < SLICE_SHARE) sliceAny(s, rng);
    },
    adapt(done, warmup) {
      if (done <= FITS.at(-1)! * warmup) {
        read(s);
        proposal.add(z);
      }
      if (FITS.some((share) => done === Math.floor(share * warmup))) {
        proposal.fit();
        proposals.made = proposals.accepted = 0;
      }
      if (done === warmup && proposals.accepted < WELL_ENOUGH * proposals.made) proposal.discard();
    },
    logConditional() {
      setScale();
      read(s);
      return logDensity(s); // density of z
    },
  };
}
