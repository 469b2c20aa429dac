/** The samplers by name. */
import { DeclarationError } from "../messages/issue.ts";
import { notASampler } from "../messages/sampling.ts";
import { nearestName } from "../options/nearest-name.ts";
import type { ChainSampler, SamplerSettings } from "./chain-sampler.ts";
import type { GibbsSampler } from "./gibbs/gibbs.ts";
import { gibbs } from "./gibbs/gibbs.ts";
import { gibbsChains } from "./gibbs/gibbs-chains.ts";
import { hamiltonianChains } from "./hamiltonian-chains.ts";
import { type GradientSampler, hmc, nuts, type SettledGradientSampler } from "./sampler.ts";

export type Sampler = GradientSampler | GibbsSampler;

/** A sampler whose options are all decided, as a fit reports it. */
export type SettledSampler = SettledGradientSampler | GibbsSampler;

interface SamplerEntry {
  /** What makes its settings of options. */
  readonly make: (options?: never) => Sampler;
  /** What fits call it. */
  readonly title: string;
  readonly chains: ChainSampler;
}

const SAMPLERS = {
  nuts: { make: nuts, title: "NUTS", chains: hamiltonianChains },
  hmc: { make: hmc, title: "HMC", chains: hamiltonianChains },
  gibbs: { make: gibbs, title: "Gibbs", chains: gibbsChains },
} satisfies Readonly<Record<string, SamplerEntry>>;

export type SamplerName = keyof typeof SAMPLERS;

export const SAMPLER_NAMES = Object.keys(SAMPLERS) as readonly SamplerName[];

/** Whether there is a sampler of this name. */
export const isSamplerName = (name: unknown): name is SamplerName =>
  typeof name === "string" && Object.hasOwn(SAMPLERS, name);

/** The settings of a sampler from options. @throws DeclarationError with every option that is unknown or out of range */
export const makeSampler = (name: SamplerName, options?: object): Sampler =>
  (SAMPLERS[name].make as (options?: object) => Sampler)(options);

/** What runs the chains of a kind of sampler. */
export const samplerOf = (kind: string): ChainSampler => SAMPLERS[kind as SamplerName].chains;

/** What fits call a sampler. */
export const samplerTitle = ({ kind }: Pick<SamplerSettings, "kind">): string => SAMPLERS[kind as SamplerName].title;

/**
 * The sampler that was asked for; undefined stands for `nuts()`. Records are read again as the options they came from.
 *
 * @param of what takes it, as the user wrote it: `sample()`
 * @throws DeclarationError naming what is no sampler, or the setting of a sampler that cannot be
 */
export function readSampler(sampler: Sampler | SamplerName | undefined, of: string): Sampler {
  if (sampler === undefined) return nuts();
  if (typeof sampler === "string") {
    if (isSamplerName(sampler)) return makeSampler(sampler);
    throw new DeclarationError([notASampler(of, sampler, nearestName(sampler, SAMPLER_NAMES))]);
  }
  if (!isSamplerName(sampler?.kind)) throw new DeclarationError([notASampler(of, sampler, null)]);
  const { kind, ...settings } = sampler;
  // the options of a trajectory are given beside the others
  const { trajectory, ...options } = settings as { trajectory?: object };
  return makeSampler(kind, { ...options, ...trajectory });
}
