/** The method of a fit as callers give it: a record, or its name as text. */
import { type GenericSchema, literal, nullable } from "valibot";
import { isAMethod, unknownMethod } from "../messages/fitting.ts";
import { DeclarationError } from "../messages/issue.ts";
import {
  checkedLater,
  choice,
  finiteNumber,
  listOf,
  positiveNumber,
  quadratureNodes,
  recordOf,
  text,
  wholeNumber,
} from "../options/kinds.ts";
import { nearestName } from "../options/nearest-name.ts";
import { optionsSchema, readOptions } from "../options/read-options.ts";
import { type GeeMethod, geeCovariances, type WorkingCorrelation } from "./gee/method.ts";
import { agq, auto, type FitMethod, laplace, lindstromBates, ml, pql, reml } from "./method.ts";

/** A method as text: `"reml"`, `"agq:25"`. */
export type FitMethodName = "ml" | "reml" | "laplace" | "auto" | "pql" | "lindstromBates" | `agq:${number}`;

const named = { ml, reml, laplace, auto, pql, lindstromBates } as const;

const iterated = (kind: "pql" | "lindstromBates") =>
  optionsSchema({ kind: literal(kind), iterations: wholeNumber(1), tolerance: positiveNumber });

const records: Readonly<Record<(FitMethod | GeeMethod)["kind"], GenericSchema>> = {
  ml: optionsSchema({ kind: literal("ml") }),
  reml: optionsSchema({ kind: literal("reml") }),
  laplace: optionsSchema({ kind: literal("laplace") }),
  auto: optionsSchema({ kind: literal("auto") }),
  agq: optionsSchema({ kind: literal("agq"), nodes: quadratureNodes }),
  pql: iterated("pql"),
  lindstromBates: iterated("lindstromBates"),
  gee: optionsSchema({
    kind: literal("gee"),
    correlation: checkedLater<WorkingCorrelation>(),
    id: listOf(text, "a list of columns"),
    wave: nullable(text),
    stdErr: choice(geeCovariances),
    scale: nullable(positiveNumber),
    divisor: choice(["N", "N-p"]),
    parameters: recordOf(finiteNumber, "numbers by the name of a parameter"),
    maxIterations: wholeNumber(1),
  }),
};

/** Calls that make a method, for messages. */
const CALLS = "auto(), ml(), reml(), laplace(), agq(nodes), pql(), lindstromBates() and gee({ id })";

/**
 * The method that was asked for; undefined stands for `auto()`.
 *
 * @param of what takes it, as the user wrote it: `fit()`
 * @throws DeclarationError naming what is no method, or the setting of a method that cannot be
 */
export function readFitMethod(
  method: FitMethod | GeeMethod | FitMethodName | undefined,
  of: string,
): FitMethod | GeeMethod {
  if (method === undefined) return auto();
  if (typeof method === "string") return methodNamed(method, of);
  const kind = (method as { kind?: unknown } | null)?.kind;
  if (typeof kind === "string" && Object.hasOwn(records, kind)) {
    readOptions(records[kind as FitMethod["kind"]], method, { of: `${kind}()` });
    return method;
  }
  throw new DeclarationError([isAMethod(of, method, CALLS)]);
}

/**
 * The method of a name: `reml`, `agq:25`.
 *
 * @throws DeclarationError for an unknown name, or a number of nodes that is not a whole number of at least 1
 */
function methodNamed(name: string, of: string): FitMethod {
  if (Object.hasOwn(named, name)) return named[name as keyof typeof named]();
  const nodes = /^agq:(.*)$/.exec(name);
  if (nodes) return agq(nodes[1]!.trim() === "" ? Number.NaN : Number(nodes[1]));
  throw new DeclarationError([unknownMethod(of, name, nearestName(name, [...Object.keys(named), "agq"]), CALLS)]);
}
