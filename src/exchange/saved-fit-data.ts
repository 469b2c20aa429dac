/** What the data of a saved fit must be: the shape of each kind, and that results and draws are those of the declaration. */
import { array, type GenericSchema, looseObject, nullable, object, optional, record, string, variant } from "valibot";
import { digestOf } from "../data/digest.ts";
import type { NumberListJSON } from "../data/number-json.ts";
import { decodeNumber } from "../data/number-json.ts";
import {
  SavedDataCheck,
  savedCount,
  savedFlag,
  savedNumber,
  savedNumbers,
  savedObject,
  savedText,
  savedTexts,
  savedWarnings,
  savedWord,
} from "../data/saved-data.ts";
import type { ParameterSupport } from "../families/family.ts";
import type { SavedEstimatingEquations } from "../frequentist/gee/save-gee.ts";
import type { SavedMaximumLikelihood } from "../frequentist/save-fit.ts";
import { changedSavedData } from "../messages/files.ts";
import { DeclarationError, type Issue } from "../messages/issue.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { SavedPosterior } from "../samplers/posterior-data.ts";
import type { SavedFit } from "./saved-fit.ts";

const lists = array(savedNumbers, "a list of lists of numbers");

const column = variant(
  "kind",
  [
    looseObject({ kind: savedWord(["numeric"]) as never, values: savedNumbers }),
    looseObject({
      kind: savedWord(["text"]) as never,
      values: array(nullable(string("texts and nulls")), "a list of texts"),
      levels: optional(savedTexts),
    }),
  ] as never,
  "a numeric or text column with its values",
) as unknown as GenericSchema;

const model = {
  spec: savedObject,
  family: object({ name: savedText, link: savedText }, "a family with its name and link"),
  table: object(
    { rows: savedCount, columns: record(string(), column, "columns by name") },
    "a table with its rows and columns",
  ),
  response: savedNumbers,
};

const verdict = object({ code: savedText, reason: savedText }, "a verdict with its code and reason");
const method = looseObject({ kind: savedText }, "a method with its kind");
const integral = looseObject({ kind: savedWord(["exact", "laplace", "agq"]) }, "a way to integrate");

const maximumLikelihood = looseObject({
  ...model,
  requested: method,
  method: savedText,
  integral,
  estimate: savedNumbers,
  covariance: savedNumbers,
  logLik: savedNumber,
  restricted: savedFlag,
  verdict,
  warnings: savedWarnings,
  evaluations: savedCount,
  working: optional(
    looseObject({ likelihood: savedFlag, modes: lists, covariances: lists }, "the result of a working model"),
  ),
});

const estimatingEquations = looseObject({
  ...model,
  requested: method,
  solution: object(
    {
      beta: savedNumbers,
      scale: savedNumber,
      alpha: savedNumbers,
      iterations: savedCount,
      state: savedText,
      step: savedNumber,
    },
    "a solution",
  ),
  verdict,
  warnings: savedWarnings,
});

const posterior = looseObject({
  ...model,
  posterior: looseObject(
    {
      sampler: looseObject(
        { kind: savedText, chains: savedCount, draws: savedCount, warmup: savedCount },
        "a sampler with its settings",
      ),
      description: savedText,
      reason: savedText,
      method: integral,
      priors: savedObject,
      diagnostics: savedObject,
      warnings: savedWarnings,
      draws: looseObject(
        { chains: savedCount, drawsPerChain: savedCount, size: savedCount, values: savedNumbers },
        "draws",
      ),
      randomEffects: nullable(lists),
      statistics: nullable(
        array(
          looseObject(
            {
              logDensities: savedNumbers,
              energies: savedNumbers,
              acceptances: savedNumbers,
              treeDepths: savedNumbers,
              leapfrogs: savedNumbers,
              divergent: savedNumbers,
              stepSize: savedNumber,
            },
            "the statistics of a chain",
          ),
          "a list",
        ),
      ),
      continuation: nullable(looseObject({ run: savedObject, ends: array(savedObject, "a list of chains") })),
    },
    "a posterior",
  ),
});

const SCHEMAS: Readonly<Record<SavedFit["kind"], GenericSchema>> = {
  MaximumLikelihoodFit: maximumLikelihood,
  PosteriorFit: posterior,
  EstimatingEquationsFit: estimatingEquations,
};

/** What a saved fit is called in messages. */
const SAVED_FIT = "fit saved by this library";

/** The number of each parameter of the family in x, and whether a value is one it may have. */
function outsideSupport({ layout, family }: CompiledModel): (position: number, value: number) => boolean {
  const holds = (support: ParameterSupport, value: number): boolean => {
    if (support === "positive") return value >= 0;
    if (support === "unit") return value >= 0 && value <= 1;
    return typeof support === "string" || (value >= support.lower && value <= support.upper);
  };
  const { offset, size } = layout.phi;
  return (position, value) =>
    position >= offset &&
    position < offset + size &&
    !holds(family.parameters[position - offset]?.support ?? "real", value);
}

/** Checks one vector of parameters, or several one after another. */
function checkParameters(check: SavedDataCheck, path: string, values: NumberListJSON, compiled: CompiledModel): void {
  const { size } = compiled.layout;
  const outside = outsideSupport(compiled);
  for (let i = 0; i < values.length; i++) {
    const value = decodeNumber(values[i]);
    if (Number.isFinite(value) && !outside(i % size, value)) continue;
    check.fault(`${path}.${i}`, "a finite number that its parameter may have");
    return;
  }
}

function checkMaximumLikelihood(check: SavedDataCheck, saved: SavedMaximumLikelihood, compiled: CompiledModel): void {
  const { size } = compiled.layout;
  check.length("estimate", saved.estimate, size, "as the model has parameters");
  check.length("covariance", saved.covariance, size * size, "the square of the number of parameters");
  if (check.issues.length === 0 && saved.verdict.code !== "failed")
    checkParameters(check, "estimate", saved.estimate, compiled);
}

function checkPosterior(check: SavedDataCheck, { posterior: saved }: SavedPosterior, compiled: CompiledModel): void {
  const { chains, drawsPerChain, size, values } = saved.draws;
  const count = chains * drawsPerChain;
  const at = "posterior";
  if (size !== compiled.layout.size)
    check.fault(`${at}.draws.size`, `${compiled.layout.size}, as the model has parameters`);
  check.length(`${at}.draws.values`, values, count * size, "chains × draws × parameters");
  if (saved.sampler.chains !== chains)
    check.fault(`${at}.draws.chains`, `${saved.sampler.chains}, as the sampler says`);
  if (saved.sampler.draws !== drawsPerChain)
    check.fault(`${at}.draws.drawsPerChain`, `${saved.sampler.draws}, as the sampler says`);
  if (saved.randomEffects) {
    const { random } = compiled.design;
    check.length(`${at}.randomEffects`, saved.randomEffects, random.length, "as the model has random terms");
    saved.randomEffects.forEach((effects, t) => {
      const { levels, q } = random[t] ?? { levels: [], q: 0 };
      check.length(`${at}.randomEffects.${t}`, effects, count * levels.length * q, "draws × levels × effects");
    });
  }
  if (saved.statistics) {
    check.length(`${at}.statistics`, saved.statistics, chains, "one a chain");
    saved.statistics.forEach((of, c) => {
      for (const name of ["logDensities", "energies", "acceptances", "treeDepths", "leapfrogs", "divergent"] as const)
        check.length(`${at}.statistics.${c}.${name}`, of[name], drawsPerChain, "one a draw");
    });
  }
  if (saved.continuation) check.length(`${at}.continuation.ends`, saved.continuation.ends, chains, "one a chain");
  if (check.issues.length === 0) checkParameters(check, `${at}.draws.values`, values, compiled);
}

function checkEstimatingEquations(
  check: SavedDataCheck,
  { solution }: SavedEstimatingEquations,
  compiled: CompiledModel,
): void {
  const columns = compiled.layout.beta.reduce((sum, { size }) => sum + size, 0);
  check.length("solution.beta", solution.beta, columns, "as the model has coefficients");
}

const refuse = ({ issues }: SavedDataCheck): void => {
  if (issues.length > 0) throw new DeclarationError(issues);
};

/**
 * Checks the shape of a saved fit before anything is made of it.
 *
 * @throws DeclarationError naming every field that is not what it must be
 */
export function checkSavedShape(saved: SavedFit): void {
  const check = new SavedDataCheck(SAVED_FIT);
  check.shape(SCHEMAS[saved.kind], saved);
  if (saved.version === 2 && typeof saved.digest !== "string") check.fault("digest", "there");
  refuse(check);
  for (const [name, { values }] of Object.entries(saved.table.columns))
    check.length(`table.columns.${name}.values`, values, saved.table.rows, "as the table has rows");
  refuse(check);
}

/**
 * Checks a saved fit against its declaration, and its digest; one of version 1 has none.
 *
 * @throws DeclarationError naming every field that contradicts another, or that the digest is of other data
 */
export function checkSavedFit(saved: SavedFit, compiled: CompiledModel): void {
  const check = new SavedDataCheck(SAVED_FIT);
  if (saved.kind === "MaximumLikelihoodFit") checkMaximumLikelihood(check, saved, compiled);
  else if (saved.kind === "PosteriorFit") checkPosterior(check, saved, compiled);
  else checkEstimatingEquations(check, saved, compiled);
  const changed = check.issues.length === 0 ? changeOfSaved(saved) : null;
  if (changed) check.issues.push(changed);
  refuse(check);
}

/** The fault of a saved fit whose digest is that of other data; null where it is as it was made, and in version 1 without one. */
export function changeOfSaved(saved: SavedFit): Issue | null {
  const { digest, ...data } = saved;
  return (saved.version === 1 && digest === undefined) || digest === digestOf(data)
    ? null
    : changedSavedData(SAVED_FIT);
}
