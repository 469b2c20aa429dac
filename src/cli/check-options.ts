/** The flags of `marginalia check`: which checks, of what units, against which other fits. */
import type { Command } from "commander";
import { type StatisticName, TEST_STATISTICS } from "../checks/test-statistics.ts";
import * as messages from "../messages/cli.ts";
import type { Issue } from "../messages/issue.ts";
import type { FitOrSampleFlags } from "./fit-or-sample.ts";
import { gather } from "./model-options.ts";
import { oneOf } from "./value.ts";

export interface CheckFlags extends FitOrSampleFlags {
  readonly predictive?: string | true;
  readonly residuals?: string | true;
  readonly leaveOneOut?: boolean;
  readonly loo?: string | true;
  readonly waic?: string | true;
  readonly evidence?: string | true;
  readonly residualTests?: string | true;
  readonly influence?: string | true;
  readonly rSquared?: string | true;
  readonly collinearity?: boolean;
  readonly normality?: boolean;
  readonly refit?: boolean;
  readonly group?: string;
  readonly likelihood?: string;
  readonly against: readonly string[];
}

const UNITS = ["row", "group"] as const;
const EFFECTS = ["conditional", "marginal"] as const;
const SIMULATED = ["marginal", "conditional"] as const;
const SCALES = ["link", "response"] as const;
const EVIDENCE = ["bridge", "importance"] as const;

type Unit = (typeof UNITS)[number];

/** What was asked for; a check that is undefined was not. */
export interface CheckChoice {
  readonly predictive: readonly StatisticName[] | undefined;
  readonly residuals: (typeof EFFECTS)[number] | undefined;
  readonly leaveOneOut: boolean;
  readonly loo: Unit | undefined;
  readonly waic: Unit | undefined;
  readonly evidence: (typeof EVIDENCE)[number] | undefined;
  readonly residualTests: (typeof SIMULATED)[number] | undefined;
  /** What is left out; `true`: the outermost groups. */
  readonly influence: string | true | undefined;
  readonly refit: boolean;
  readonly rSquared: (typeof SCALES)[number] | undefined;
  readonly collinearity: boolean;
  readonly normality: boolean;
  readonly group: string | undefined;
  readonly likelihood: (typeof EFFECTS)[number] | undefined;
  readonly seed: string;
  /** Of tests whose default seed is their own; empty where none was given. */
  readonly ownSeed: { readonly seed?: string };
}

const DEFAULT_STATISTICS = ["mean", "sd", "min", "max"] as const;

export function addCheckOptions(command: Command): Command {
  return command
    .option(
      "--predictive [statistics]",
      `test statistics of the response beside those of replicated ones: ${Object.keys(TEST_STATISTICS).join(", ")}, separated by commas (the default check: ${DEFAULT_STATISTICS.join(",")})`,
    )
    .option("--residuals [effects]", "quantile residuals, with random effects conditional (default) or marginal")
    .option("--leave-one-out", "residuals of each row (marginal: group) from the other data")
    .option("--loo [unit]", "leave out each row (default) or group, by Pareto smoothed importance sampling")
    .option("--waic [unit]", "WAIC by row (default) or group")
    .option("--evidence [method]", "log evidence by bridge (default) or importance sampling")
    .option(
      "--residual-tests [effects]",
      "uniformity, dispersion, zeros and outliers by simulation, of new groups (marginal, default) or those as estimated (conditional)",
    )
    .option(
      "--influence [unit]",
      "Cook's distances and DFBETAS of each level of the outermost group (default), of a column, or of each row",
    )
    .option("--refit", "of --influence: fit again without each")
    .option("--r-squared [scale]", "marginal and conditional R² on the scale of the link (default) or of the response")
    .option("--collinearity", "variance inflation factors and condition numbers")
    .option("--normality", "whether the random effects look normal, by simulation")
    .option("--group <column>", "grouping factor of the groups left out, or of the test statistics")
    .option(
      "--likelihood <effects>",
      "of --loo and --waic: random effects conditional (default by row) or marginal (default by group)",
    )
    .option(
      "--against <file>",
      "a saved fit to compare with, by --loo, --waic (differences) or --evidence (Bayes factor); repeatable",
      gather,
      [],
    );
}

/** What the flags ask for: predictive checks where they ask for nothing. Faults are added to `issues`. */
export function readChecks(flags: CheckFlags, issues: Issue[]): CheckChoice {
  const chosen = <T extends string>(flag: string, value: string | true | undefined, choices: readonly T[]) =>
    value === undefined ? undefined : value === true ? choices[0] : oneOf(flag, value, choices, issues);
  const { predictive, residuals, loo, waic, evidence, against, leaveOneOut = false } = flags;
  if (leaveOneOut && residuals === undefined) issues.push(messages.withoutOption("--leave-one-out", ["--residuals"]));
  const { residualTests, influence, rSquared, collinearity = false, normality = false, refit = false } = flags;
  if (refit && influence === undefined) issues.push(messages.withoutOption("--refit", ["--influence"]));
  const compared = ["--loo", "--waic", "--evidence"];
  if (against.length > 0 && loo === undefined && waic === undefined && evidence === undefined)
    issues.push(messages.withoutOption("--against", compared));
  const nothing =
    [predictive, residuals, loo, waic, evidence, residualTests, influence, rSquared].every(
      (value) => value === undefined,
    ) &&
    !collinearity &&
    !normality;
  const statistics = predictive ?? (nothing ? true : undefined);
  return {
    predictive:
      statistics === undefined
        ? undefined
        : statistics === true
          ? DEFAULT_STATISTICS
          : statistics
              .split(",")
              .map((name) =>
                oneOf("--predictive", name.trim(), Object.keys(TEST_STATISTICS) as StatisticName[], issues),
              )
              .filter((name) => name !== undefined),
    residuals: chosen("--residuals", residuals, EFFECTS),
    leaveOneOut,
    loo: chosen("--loo", loo, UNITS),
    waic: chosen("--waic", waic, UNITS),
    evidence: chosen("--evidence", evidence, EVIDENCE),
    residualTests: chosen("--residual-tests", residualTests, SIMULATED),
    influence,
    refit,
    rSquared: chosen("--r-squared", rSquared, SCALES),
    collinearity,
    normality,
    group: flags.group,
    likelihood: chosen("--likelihood", flags.likelihood, EFFECTS),
    seed: flags.seed ?? "check",
    ownSeed: flags.seed === undefined ? {} : { seed: flags.seed },
  };
}
