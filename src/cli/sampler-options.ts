/** The options of the samplers and of the priors. */

import type { Command } from "commander";
import type { PriorSpec } from "../dsl/model-spec.ts";
import type { Issue } from "../messages/issue.ts";
import { parsePrior } from "../priors/parse.ts";
import { collect } from "./collect.ts";
import { gather } from "./model-options.ts";
import { count, oneOf, proportion } from "./value.ts";

export interface SamplerFlags {
  readonly target: string;
  readonly sampler?: string;
  readonly chains?: string;
  readonly warmup?: string;
  readonly draws?: string;
  readonly seed?: string;
  readonly targetAccept?: string;
  readonly serial?: boolean;
  readonly prior: readonly string[];
}

/** What to sample and how; absent entries take the sampler's defaults. */
export interface SamplingChoice {
  readonly sampler: "nuts" | "hmc";
  readonly target: "integrated" | "joint" | "auto";
  readonly chains?: number;
  readonly warmup?: number;
  readonly draws?: number;
  readonly seed?: string;
  readonly targetAccept?: number;
  readonly serial: boolean;
  readonly priors: readonly PriorSpec[];
}

/** Adds the options of the sampler; `optional` where a command samples only when `--sampler` is given. */
export function addSamplerOptions(command: Command, optional = false): Command {
  command.option(
    "--sampler <name>",
    optional ? "sample the posterior by nuts or hmc instead of maximising the likelihood" : "nuts or hmc",
    optional ? undefined : "nuts",
  );
  return command
    .option(
      "--target <density>",
      "random effects integrated out (integrated), sampled with the rest (joint), or auto",
      "auto",
    )
    .option("--chains <count>", "number of chains (default: 4)")
    .option("--warmup <count>", "warm-up iterations a chain (default: 1000)")
    .option("--draws <count>", "draws a chain after warm-up (default: 1000)")
    .option("--seed <text>", "the same seed gives the same draws")
    .option("--target-accept <share>", "acceptance rate aimed at, between 0 and 1 (default: 0.8)")
    .option("--serial", "run the chains one after another in this thread; the draws are the same")
    .option(
      "--prior <class[:name]=dist>",
      "prior of a class of parameters (fixed, sd, cor, sigma, aux) or of one of them; repeatable",
      gather,
      [],
    );
}

/** The choice the flags make; faults are added to `issues`. */
export function readSamplingChoice(flags: SamplerFlags, issues: Issue[]): SamplingChoice {
  const chains = count("--chains", flags.chains, 1, issues);
  const warmup = count("--warmup", flags.warmup, 0, issues);
  const draws = count("--draws", flags.draws, 1, issues);
  const targetAccept = proportion("--target-accept", flags.targetAccept, issues);
  const priors = flags.prior.flatMap((text) => collect(issues, () => parsePrior(text)) ?? []);
  return {
    sampler: oneOf("--sampler", flags.sampler ?? "nuts", ["nuts", "hmc"] as const, issues) ?? "nuts",
    target: oneOf("--target", flags.target, ["integrated", "joint", "auto"] as const, issues) ?? "auto",
    ...(chains === undefined ? {} : { chains }),
    ...(warmup === undefined ? {} : { warmup }),
    ...(draws === undefined ? {} : { draws }),
    ...(flags.seed === undefined ? {} : { seed: flags.seed }),
    ...(targetAccept === undefined ? {} : { targetAccept }),
    serial: flags.serial === true,
    priors,
  };
}
