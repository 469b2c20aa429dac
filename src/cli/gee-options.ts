/** `--method gee:exchangeable` and the flags that go with it. */
import type { Command } from "commander";
import {
  ar1,
  exchangeable,
  type GeeMethod,
  gee,
  geeCovariances,
  independence,
  mDependent,
  stationary,
  unstructured,
  type WorkingCorrelation,
} from "../frequentist/gee/method.ts";
import type { FitMethod } from "../frequentist/method.ts";
import * as messages from "../messages/gee-options.ts";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import { nearestName } from "../options/nearest-name.ts";
import { collect } from "./collect.ts";
import { parseMethod } from "./method-option.ts";
import { gather } from "./model-options.ts";
import { oneOf } from "./value.ts";

export interface GeeFlags {
  readonly id?: string;
  readonly wave?: string;
  readonly scaleFix?: string | true;
  readonly stdErr?: string;
  readonly divisor?: string;
  readonly parameter?: readonly string[];
}

export const GEE_HELP =
  "gee:independence, gee:exchangeable, gee:ar1, gee:stationary, gee:mdependent:LAGS, gee:unstructured (estimating equations; needs --id)";

/** Adds the options of estimating equations. */
export function addGeeOptions(command: Command): Command {
  return command
    .option("--id <column>", "gee: the clusters, a column or the combinations of several, as center:id")
    .option("--wave <column>", "gee: the occasion of each row (default: order of the rows in the cluster)")
    .option("--scale-fix [value]", "gee: fix the scale at 1, or at this value")
    .option("--std-err <kind>", `gee: ${geeCovariances.join(", ")} (default: robust)`)
    .option("--divisor <rule>", "gee: divisors of scale and correlation, N (as geepack) or N-p (as package gee)")
    .option("--parameter <name=value>", "gee: a parameter the variance needs, as theta=2; repeatable", gather, []);
}

const correlations: Readonly<Record<string, () => WorkingCorrelation>> = {
  independence,
  exchangeable,
  ar1,
  stationary,
  unstructured,
};

function parseCorrelation(text: string): WorkingCorrelation {
  const lags = /^m-?dependent:(\d{1,6})$/i.exec(text);
  if (lags) return mDependent(Number(lags[1]));
  if (Object.hasOwn(correlations, text)) return correlations[text]!();
  const known = Object.keys(correlations);
  throw new DeclarationError([
    messages.unknownCorrelation(text, nearestName(text, known), [...known, "mdependent:LAGS"]),
  ]);
}

/** `--scale-fix` alone fixes the scale at 1. */
function parseScale(flag: string | true | undefined): boolean | number {
  if (flag === undefined || flag === true) return flag ?? false;
  const value = flag.trim() === "" ? Number.NaN : Number(flag);
  if (!(value > 0 && value < Infinity)) throw new DeclarationError([messages.badScaleFlag(flag)]);
  return value;
}

function parseParameters(texts: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    texts.map((text) => {
      const [name, value] = text.split("=").map((part) => part.trim());
      if (!name || !value || !Number.isFinite(Number(value)))
        throw new DeclarationError([messages.badParameterFlag(text)]);
      return [name, Number(value)];
    }),
  );
}

/** Whether a method's name is that of estimating equations. */
const isGee = (text: string): boolean => /^gee(:|$)/.test(text);

/**
 * The method a flag names, with the other flags of estimating equations.
 *
 * @throws DeclarationError for unknown names, and estimating equations without `--id`
 */
export function readMethod(text: string, flags: GeeFlags): FitMethod | GeeMethod {
  if (!isGee(text)) return parseMethod(text);
  const issues: Issue[] = [];
  const correlation = collect(issues, () => parseCorrelation(text.slice(4) || "independence"));
  const parameters = collect(issues, () => parseParameters(flags.parameter ?? []));
  const scaleFix = collect(issues, () => parseScale(flags.scaleFix));
  const stdErr = flags.stdErr === undefined ? undefined : oneOf("--std-err", flags.stdErr, geeCovariances, issues);
  const divisor =
    flags.divisor === undefined ? undefined : oneOf("--divisor", flags.divisor, ["N", "N-p"] as const, issues);
  if (flags.id === undefined) issues.push(messages.geeNeedsId());
  const options = {
    id: flags.id ?? "id",
    ...(correlation && { correlation }),
    ...(flags.wave !== undefined && { wave: flags.wave }),
    ...(stdErr && { stdErr }),
    ...(divisor && { divisor }),
    ...(scaleFix !== undefined && { scaleFix }),
    ...(parameters && { parameters }),
  };
  const method = collect(issues, () => gee(options));
  if (issues.length > 0) throw new DeclarationError(issues);
  return method!;
}

/** Faults of flags that belong to estimating equations and were given without them. */
export function checkGeeFlags(methods: readonly string[], flags: GeeFlags, issues: Issue[]): void {
  if (methods.some(isGee)) return;
  const given = [
    ...(flags.id === undefined ? [] : ["--id"]),
    ...(flags.wave === undefined ? [] : ["--wave"]),
    ...(flags.scaleFix === undefined ? [] : ["--scale-fix"]),
    ...(flags.stdErr === undefined ? [] : ["--std-err"]),
    ...(flags.divisor === undefined ? [] : ["--divisor"]),
    ...(flags.parameter && flags.parameter.length > 0 ? ["--parameter"] : []),
  ];
  if (given.length > 0) issues.push(messages.geeFlagsWithoutGee(given));
}
