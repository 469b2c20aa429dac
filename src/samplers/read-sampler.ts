/** The sampler as callers give it: a record, or its name as text. */
import { DeclarationError } from "../messages/issue.ts";
import { notASampler } from "../messages/sampling.ts";
import { nearestName } from "../options/nearest-name.ts";
import { gibbs } from "./gibbs/gibbs.ts";
import { hmc, nuts, type Sampler } from "./sampler.ts";

export type SamplerName = "nuts" | "hmc" | "gibbs";

const named = { nuts, hmc, gibbs } as const;

/**
 * The sampler that was asked for; undefined stands for `nuts()`. Records are read again as the options they came from.
 *
 * @param of what takes it, as the user wrote it: `sample()`
 * @throws DeclarationError naming what is no sampler, or the setting of a sampler that cannot be
 */
export function readSampler(sampler: Sampler | SamplerName | undefined, of: string): Sampler {
  if (sampler === undefined) return nuts();
  if (typeof sampler === "string") {
    if (Object.hasOwn(named, sampler)) return named[sampler]();
    throw new DeclarationError([notASampler(of, sampler, nearestName(sampler, Object.keys(named)))]);
  }
  if (sampler?.kind === "hmc") {
    const { kind: _, trajectory, ...settings } = sampler;
    return hmc({ ...settings, ...trajectory });
  }
  if (sampler?.kind === "nuts" || sampler?.kind === "gibbs") {
    const { kind, ...settings } = sampler;
    return (named[kind] as (options: object) => Sampler)(settings);
  }
  throw new DeclarationError([notASampler(of, sampler, null)]);
}
