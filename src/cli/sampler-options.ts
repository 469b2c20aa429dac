/** The options of the samplers and of the priors. */

import type { Command } from "commander";
import type { PriorSpec } from "../dsl/model-spec.ts";
import { notAssignment } from "../messages/cli.ts";
import type { Issue } from "../messages/issue.ts";
import { repeatedPrior } from "../messages/priors.ts";
import { parsePrior } from "../priors/parse.ts";
import type { ParameterisationChoice } from "../samplers/parameterisation.ts";
import { makeSampler, SAMPLER_NAMES, type Sampler } from "../samplers/samplers.ts";
import { collect } from "./collect.ts";
import { gather } from "./model-options.ts";
import { count, oneOf, proportion } from "./value.ts";

export interface SamplerFlags {
  readonly target: string;
  readonly parameterisation: readonly string[];
  readonly metric?: string;
  readonly sampler?: string;
  readonly chains?: string;
  readonly warmup?: string;
  readonly draws?: string;
  readonly thin?: string;
  readonly seed?: string;
  readonly targetAcceptance?: string;
  readonly maxTreeDepth?: string;
  readonly steps?: string;
  readonly serial?: boolean;
  readonly prior: readonly string[];
}

const SAMPLERS = `${SAMPLER_NAMES.slice(0, -1).join(", ")} or ${SAMPLER_NAMES.at(-1)}`;

/** What to sample and how. */
export interface SamplingChoice {
  /** Undefined when its options are at fault. */
  readonly sampler: Sampler | undefined;
  /** In this thread, one chain after another. */
  readonly serial: boolean;
  readonly priors: readonly PriorSpec[];
}

/** Adds the options of the sampler; `optional` where a command samples only when `--sampler` is given. */
export function addSamplerOptions(command: Command, optional = false): Command {
  command.option(
    "--sampler <name>",
    optional ? `sample the posterior by ${SAMPLERS} instead of maximising the likelihood` : SAMPLERS,
    optional ? undefined : "nuts",
  );
  return command
    .option(
      "--target <density>",
      "random effects integrated out (integrated), sampled with the rest (joint), or auto",
      "auto",
    )
    .option(
      "--parameterisation <[term=]kind>",
      "random effects that are sampled: centred, non-centred or auto, for all terms or for one, as 'herd=centred'; repeatable",
      gather,
      [],
    )
    .option("--metric <kind>", "nuts and hmc: diagonal, low-rank, dense or auto (default: auto)")
    .option("--chains <count>", "number of chains (default: 4)")
    .option(
      "--warmup <count>",
      "warm-up iterations a chain (default: 250 with random effects integrated out, else 1000)",
    )
    .option("--draws <count>", "draws a chain after warm-up (default: 1000)")
    .option("--thin <count>", "gibbs only: sweeps for each draw that is kept (default: 1)")
    .option("--seed <text>", "the same seed gives the same draws")
    .option("--target-acceptance <share>", "acceptance rate aimed at, between 0 and 1 (default: 0.8)")
    .option("--max-tree-depth <count>", "nuts only: doublings of a trajectory at most (default: 10)")
    .option("--steps <count>", "hmc only: leapfrog steps a trajectory")
    .option("--serial", "run the chains one after another in this thread; the draws are the same")
    .option(
      "--prior <class[:name]=dist>",
      "prior of a class of parameters (fixed, sd, cor, sigma, threshold, aux) or of one of them; repeatable",
      gather,
      [],
    );
}

const PARAMETERISATIONS = ["auto", "centred", "non-centred"] as const;

/** `centred`, or `herd=centred` once or more; undefined where the flag is not given or at fault. */
function parameterisationOf(texts: readonly string[], issues: Issue[]): ParameterisationChoice | undefined {
  const flag = "--parameterisation";
  const kindOf = (text: string) => oneOf(flag, text.trim(), PARAMETERISATIONS, issues);
  const [only] = texts;
  if (only === undefined) return undefined;
  if (texts.length === 1 && !only.includes("=")) return kindOf(only);
  const entries = texts.map((text) => {
    const at = text.lastIndexOf("=");
    if (at < 1) issues.push(notAssignment(flag, text, "herd=centred"));
    return [text.slice(0, at).trim(), at < 1 ? undefined : kindOf(text.slice(at + 1))] as const;
  });
  if (entries.some(([, kind]) => kind === undefined)) return undefined;
  return Object.fromEntries(entries) as ParameterisationChoice;
}

/** The choice the flags make; faults are added to `issues`. Options not given take the sampler's defaults. */
export function readSamplingChoice(flags: SamplerFlags, issues: Issue[]): SamplingChoice {
  const name = oneOf("--sampler", flags.sampler ?? "nuts", SAMPLER_NAMES, issues);
  const target = oneOf("--target", flags.target, ["integrated", "joint", "auto"] as const, issues);
  const given = {
    target,
    parameterisation: parameterisationOf(flags.parameterisation, issues),
    metric:
      flags.metric === undefined
        ? undefined
        : oneOf("--metric", flags.metric, ["auto", "diagonal", "low-rank", "dense"] as const, issues),
    chains: count("--chains", flags.chains, 1, issues),
    warmup: count("--warmup", flags.warmup, 0, issues),
    draws: count("--draws", flags.draws, 1, issues),
    thin: count("--thin", flags.thin, 1, issues),
    seed: flags.seed,
    targetAcceptance: proportion("--target-acceptance", flags.targetAcceptance, issues),
    maxTreeDepth: count("--max-tree-depth", flags.maxTreeDepth, 1, issues),
    steps: count("--steps", flags.steps, 1, issues),
  };
  const options = Object.fromEntries(
    Object.entries(given).filter(([key, value]) => value !== undefined && !(key === "target" && value === "auto")),
  );
  const priors = flags.prior.flatMap((text) => collect(issues, () => parsePrior(text)) ?? []);
  const targets = priors.map(({ class: of, name: one }) => (one === undefined ? of : `${of}:${one}`));
  for (const target of new Set(targets.filter((one, k) => targets.indexOf(one) < k)))
    issues.push(repeatedPrior(target));
  return {
    sampler: name && collect(issues, () => makeSampler(name, options)),
    serial: flags.serial === true,
    priors,
  };
}
