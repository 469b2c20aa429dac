/** A user's own statistic as an estimator: a function of the parameters of a fit by name, and of its averages. */
import { type Estimator, onIdentity, onLog, onLogit } from "../estimates/estimator.ts";
import * as messages from "../messages/estimates.ts";
import { refusal } from "../messages/issue.ts";
import type { Fit } from "../model/fit.ts";
import { ownDraws } from "../model/own-numbers.ts";
import { callback } from "../options/kinds.ts";
import { readArgument } from "../options/read-options.ts";
import { expectedResponses } from "../prediction/expected-responses.ts";
import { meanOf } from "./averaged-quantity.ts";
import { averagedRows, cellDesigns, rowSource } from "./averaged-rows.ts";
import { averagingGrid, type GridValue } from "./grid.ts";
import { parametersByName } from "./named-parameters.ts";
import { weightedMeans } from "./weighted-means.ts";

const scales = { identity: onIdentity, log: onLog, logit: onLogit };
/** What a statistic that is taken on a scale can be. */
const ranges = { identity: null, log: [0, Number.POSITIVE_INFINITY], logit: [0, 1] } as const;

/** What a statistic may ask for besides the parameters. */
export interface Averages {
  /**
   * The average of the expected response with columns held at values, random effects integrated out (`population`) or 0 (`typical`); of an ordered response
   * the expected number of its category.
   */
  average(at?: Readonly<Record<string, GridValue>>, estimand?: "population" | "typical"): number;
}

/**
 * A function of the parameters by their names in `tidy()`: the term alone, as `Days` or `sd__Days`, where that is of one parameter, or
 * group and term, as `Subject sd__Days`.
 */
export type Statistic = (
  parameters: Readonly<Record<string, number>>,
  averages: Averages,
) => number | Readonly<Record<string, number>>;

const pointOfFit = (fit: Fit): Float64Array =>
  fit.kind === "posterior" ? ownDraws(fit).values.subarray(0, ownDraws(fit).size) : fit.estimate;

/**
 * @param none the value that a test is against
 * @param of what takes the statistic, as the user wrote it
 * @throws DeclarationError for a statistic that is no function, names no parameter of the fit or gives no finite numbers
 */
export function statisticOf(
  fit: Fit,
  statistic: Statistic,
  scale: keyof typeof scales,
  none: number | undefined,
  of: string,
): Estimator<string> {
  readArgument(callback<Statistic>(), statistic, { of, name: "The statistic" });
  const range = ranges[scale];
  const parameters = parametersAt(fit, of);
  const averages = averagesAt(fit);
  const evaluate = (x: Float64Array): Readonly<Record<string, number>> => {
    const found = statistic(parameters(x), averages(x));
    return typeof found === "number" ? { statistic: found } : found;
  };
  const first = evaluate(pointOfFit(fit));
  if (typeof first !== "object" || first === null || Array.isArray(first))
    throw refusal("bad-statistic", ["statistic"], messages.statisticNotNumbers(of, [], first));
  const names = Object.keys(first);
  const bad = names.filter((name) => !Number.isFinite(first[name]));
  if (names.length === 0 || bad.length > 0)
    throw refusal("bad-statistic", ["statistic"], messages.statisticNotNumbers(of, bad, first));
  const outside = range ? names.filter((name) => first[name]! < range[0] || first[name]! > range[1]) : [];
  if (outside.length > 0)
    throw refusal(
      "bad-statistic",
      ["scale"],
      messages.statisticOutOfRange(outside, scale as "log" | "logit", first[outside[0]!]!),
    );
  return {
    rows: names.map((label) => ({
      label,
      scale: scales[scale],
      ...(range && { range }),
      ...(none !== undefined && { none }),
    })),
    value(x, _, out) {
      const found = evaluate(x);
      const missing = names.filter((name) => typeof found?.[name] !== "number");
      if (missing.length > 0)
        throw refusal(
          "bad-statistic",
          ["statistic"],
          messages.statisticOtherNames(of, missing, Object.keys(found ?? {})),
        );
      names.forEach((name, k) => {
        out[k] = found[name]!;
      });
    },
  };
}

/** The parameters by name at x; a name that is none, or of several, throws. */
function parametersAt(fit: Fit, of: string): (x: Float64Array) => Readonly<Record<string, number>> {
  const { labels, find } = parametersByName(fit.model, "statistic");
  const known = new Set(labels);
  const readOnly = (name: string): never => {
    throw refusal("bad-statistic", ["statistic", name], messages.parametersAreRead(of, name));
  };
  return (x) =>
    new Proxy({} as Record<string, number>, {
      set: (_, name) => readOnly(String(name)),
      defineProperty: (_, name) => readOnly(String(name)),
      deleteProperty: (_, name) => readOnly(String(name)),
      setPrototypeOf: () => readOnly("a prototype"),
      preventExtensions: () => readOnly("the parameters as frozen"),
      get: (_, name) => (typeof name === "string" ? find(name).value(x) : undefined),
      has: (_, name) => typeof name === "string" && known.has(name),
      ownKeys: () => [...labels],
      getOwnPropertyDescriptor: (_, name) => ({
        value: typeof name === "string" ? find(name).value(x) : undefined,
        enumerable: true,
        configurable: true,
      }),
    });
}

/** Averages at x, each prepared when it is first asked for. */
function averagesAt(fit: Fit): (x: Float64Array) => Averages {
  const { spec, table, design, family } = fit.model;
  const prepared = new Map<string, Estimator>();
  const out = new Float64Array(1);
  return (x) => ({
    average(at = {}, estimand = "population") {
      const key = JSON.stringify([estimand, at]);
      let means = prepared.get(key);
      if (!means) {
        const lists = Object.fromEntries(Object.entries(at).map(([name, value]) => [name, [value]]));
        const grid = averagingGrid(spec, table, design, [], lists);
        const [expected] = expectedResponses(family, family.response === "ordered");
        const choice = { weights: "rows", counterfactual: true } as const;
        const { sets } = cellDesigns(fit, averagedRows(fit, rowSource(fit, choice), grid, choice, false));
        const labels = [{ label: key, scale: expected!.scale }];
        means = weightedMeans(fit, sets, estimand, [meanOf(expected!.response)], labels);
        prepared.set(key, means);
      }
      means.value(x, null, out);
      return out[0]!;
    },
  });
}
