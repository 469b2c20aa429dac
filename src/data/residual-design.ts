/** The residual structure of a declaration met with rows of a table: strata, groups, times and distances. */
import { deparse } from "../dsl/deparse.ts";
import type { Expression } from "../dsl/expression.ts";
import type { CorrelationSpec, ResidualSpec, VarianceFunctionSpec } from "../dsl/residual-spec.ts";
import { varianceFunctions } from "../dsl/residual-spec.ts";
import { SPATIAL_KINDS, varianceParameters } from "../dsl/residual-text.ts";
import * as messages from "../messages/residual.ts";
import { largestDenseGroup, MOST_DENSE_ROWS } from "../residual/create-correlation.ts";
import type { CorrelationPart, ResidualData, VarianceParameter, VariancePart } from "../residual/residual-data.ts";
import { correlationCount, internalValues } from "../residual/residual-parameters.ts";
import type { Evaluation } from "./evaluation.ts";
import { placesOf } from "./factor.ts";
import type { FittedResidual } from "./fitted-residual.ts";
import { combineGroups, type GroupColumn, type KnownColumn } from "./grouping.ts";
import { isNumberText } from "./number-text.ts";

/** Most occasions of an unstructured correlation: 435 correlations. */
const MOST_OCCASIONS = 30;

interface Rows {
  readonly evaluation: Evaluation;
  readonly rows: Int32Array;
  /** Levels of a grouping column in their order, with the codes of all rows of the table. */
  levels(name: string): (GroupColumn & KnownColumn) | null;
  /** Whether random effects are there, which need C⁻¹ by pairs. */
  readonly paired: boolean;
  /** Whether the residual standard deviation is given, so that a variance function has the whole scale to itself. */
  readonly sigmaGiven: boolean;
}

const add = ({ evaluation }: Rows, issue: ReturnType<typeof messages.strataNeeded>): null =>
  evaluation.faults.add(issue.code, issue.path, issue.message);

function values(of: Rows, expression: Expression): Float64Array | null {
  const all = of.evaluation.has(expression) ? of.evaluation.numbers(expression) : null;
  const missing = all === null ? undefined : of.rows.find((row) => Number.isNaN(all[row]!));
  if (missing !== undefined) return add(of, messages.missingInNewRows(deparse(expression), missing + 1));
  return all && Float64Array.from(of.rows, (row) => all[row]!);
}

function groupsOf(
  of: Rows,
  by: readonly string[],
): { levels: readonly string[]; index: Int32Array; numbers?: boolean } | null {
  if (by.length === 0) return { levels: [""], index: new Int32Array(of.rows.length) };
  const columns = by.map((name) => of.levels(name));
  if (!columns.every((column) => column !== null)) return null;
  for (const [c, { codes }] of columns.entries()) {
    const missing = of.rows.find((row) => codes[row]! < 0);
    if (missing !== undefined) return add(of, messages.missingInNewRows(by[c]!, missing + 1));
  }
  const { levels, index } = combineGroups(columns, of.rows);
  return { levels, index, numbers: columns.every(({ numbers }) => numbers === true) };
}

function heldParameters(of: Rows, spec: VarianceFunctionSpec, strata: readonly string[]): VarianceParameter[] {
  const { kind, fixed } = spec;
  const names = varianceParameters(kind);
  const known = new Set<string>();
  const parameters = names.flatMap((name, slot) =>
    strata.flatMap((stratum, s): VarianceParameter[] => {
      const single = names.length === 1;
      const label =
        kind === "varIdent" ? stratum : spec.by.length === 0 ? name : single ? stratum : `${name}.${stratum}`;
      const keys = [label, ...(kind === "varIdent" ? [] : [name])];
      for (const key of keys) known.add(key);
      const key = keys.find((candidate) => Object.hasOwn(fixed, candidate));
      let held = key === undefined ? null : fixed[key]!;
      if (kind === "varIdent" && s === 0) held ??= 1;
      // with sigma free only one of the two is identified
      if (kind === "varConstProp" && slot === 0 && !of.sigmaGiven && Object.keys(fixed).length === 0) held = 1;
      const positive = kind === "varIdent" || kind === "varConstProp" || (kind === "varConstPower" && slot === 0);
      if (held !== null && positive && !(held > 0 || (held === 0 && kind !== "varIdent")))
        add(of, messages.badFixed(kind, key ?? name, held));
      return kind === "varIdent" && s === 0 && held === 1 ? [] : [{ name: `${kind}.${label}`, slot, stratum: s, held }];
    }),
  );
  for (const name of Object.keys(fixed)) if (!known.has(name)) add(of, messages.unknownFixed(kind, name, [...known]));
  return parameters;
}

function variancePart(of: Rows, spec: VarianceFunctionSpec, strataOfFit: readonly string[] | undefined) {
  const { kind, by, fitted, covariate: expression } = spec;
  const { rows } = of;
  const groups = groupsOf(of, by);
  const covariate = expression === null ? (fitted ? new Float64Array(rows.length) : null) : values(of, expression);
  if (groups === null || (expression !== null && covariate === null)) return null;
  const strata = strataOfFit ?? groups.levels;
  let stratum = groups.index;
  if (strataOfFit) {
    // a number of the new rows may be written in another way in the fit
    const numbers = groups.numbers && groups.levels.every(isNumberText) ? groups.levels.map(Number) : null;
    const places = placesOf({ levels: groups.levels, numbers }, strataOfFit);
    const unseen = rows.findIndex((_, i) => places[groups.index[i]!]! < 0);
    if (unseen >= 0) return add(of, messages.unseenStratum(kind, by.join(":"), rows[unseen]! + 1));
    stratum = groups.index.map((code) => places[code]!);
  } else if (by.length > 0 && strata.length === 1) return add(of, messages.oneStratum(kind, by.join(":")));
  if (expression !== null) {
    const label = deparse(expression);
    const zero = kind === "varPower" ? covariate!.indexOf(0) : -1;
    if (zero >= 0) return add(of, messages.zeroCovariate(kind, label, rows[zero]! + 1));
    const bad = kind === "varFixed" ? covariate!.findIndex((v) => !(v > 0)) : -1;
    if (bad >= 0) return add(of, messages.negativeVariance(label, rows[bad]! + 1, covariate![bad]!));
  }
  const part: VariancePart = {
    kind,
    covariate,
    fitted,
    stratum,
    strata,
    parameters: heldParameters(of, spec, strata),
  };
  return part;
}

function correlationPart(of: Rows, spec: CorrelationSpec, fit: FittedResidual | undefined): CorrelationPart | null {
  const { kind, covariates, by, p, q, nugget, metric, value, fixed } = spec;
  const { rows } = of;
  const n = rows.length;
  const groups = groupsOf(of, by);
  const coordinates = covariates.map((expression) => values(of, expression));
  if (groups === null || !coordinates.every((column) => column !== null)) return null;
  const spatial = SPATIAL_KINDS.includes(kind);
  const label = covariates.map(deparse).join(" + ");
  const time = coordinates[0];
  const order = Int32Array.from({ length: n }, (_, i) => i);
  order.sort((a, b) => groups.index[a]! - groups.index[b]! || (spatial || !time ? 0 : time[a]! - time[b]!) || a - b);
  const starts = [0];
  for (let k = 1; k < n; k++) if (groups.index[order[k]!] !== groups.index[order[k - 1]!]) starts.push(k);
  const start = Int32Array.from([...starts, n]);
  const nameOf = (row: number) => (by.length === 0 ? null : `${by.join(":")} ${groups.levels[groups.index[row]!]}`);
  const dimensions = Math.max(1, coordinates.length);
  const place = new Float64Array(n * dimensions);
  for (let g = 0; g + 1 < start.length; g++)
    for (let k = start[g]!; k < start[g + 1]!; k++)
      if (coordinates.length === 0) place[k] = k - start[g]!;
      else for (let d = 0; d < dimensions; d++) place[k * dimensions + d] = coordinates[d]![order[k]!]!;

  if (time && !spatial && kind !== "corCompSymm") {
    if (kind !== "corCAR1") {
      const bad = time.findIndex((t) => !Number.isInteger(t));
      if (bad >= 0) return add(of, messages.notWhole(kind, label, rows[bad]! + 1, time[bad]!));
    }
    for (let k = 1; k < n; k++) {
      const [a, b] = [order[k - 1]!, order[k]!];
      if (groups.index[a] === groups.index[b] && time[a] === time[b])
        return add(of, messages.repeatedTime(kind, label, nameOf(b), time[b]!, rows[b]! + 1));
    }
  }
  let occasions: readonly string[] = [];
  if (kind === "corSymm") {
    const distinct = [...new Set(place)].sort((a, b) => a - b);
    occasions = fit ? fit.occasions : distinct.map((t) => String(time ? t : t + 1));
    if (occasions.length > MOST_OCCASIONS) return add(of, messages.tooManyVisits(occasions.length, MOST_OCCASIONS));
    const position = new Map(occasions.map((name, i) => [name, i]));
    for (let k = 0; k < n; k++) {
      const found = position.get(String(time ? place[k]! : place[k]! + 1));
      if (found === undefined) return add(of, messages.unseenStratum(kind, label || "position", rows[order[k]!]! + 1));
      place[k] = found;
    }
  }
  const part: CorrelationPart = {
    kind,
    order,
    start,
    place,
    dimensions,
    occasions,
    p,
    q,
    nugget,
    metric,
    value,
    fixed,
  };
  if (!fit && start.length - 1 === n) return add(of, messages.groupsOfOne(kind));
  const largest = largestDenseGroup(part, of.paired);
  if (largest > MOST_DENSE_ROWS) return add(of, messages.groupTooLarge(kind, largest, MOST_DENSE_ROWS));
  if (spatial && !nugget) {
    const seen = new Set<string>();
    for (let k = 0; k < n; k++) {
      const key = `${groups.index[order[k]!]}|${place.subarray(k * dimensions, (k + 1) * dimensions).join()}`;
      if (seen.has(key)) return add(of, messages.repeatedPlace(kind, rows[order[k]!]! + 1));
      seen.add(key);
    }
  }
  if (value.length > 0) {
    const wanted = correlationCount(part);
    if (value.length !== wanted) return add(of, messages.badValue(kind, value.length, wanted));
    if (internalValues(part) === null) return add(of, messages.valueOutOfRange(kind, value));
  }
  return part;
}

/** The structure over the rows; null after a fault. `fit` gives the strata and occasions new rows are held to. */
export function buildResidual(spec: ResidualSpec, of: Rows, fit?: FittedResidual): ResidualData | null {
  const variance = varianceFunctions(spec.variance).map((part, k) => variancePart(of, part, fit?.strata[k]));
  const correlation = spec.correlation && correlationPart(of, spec.correlation, fit);
  if (!variance.every((part) => part !== null) || (spec.correlation && correlation === null)) return null;
  return { n: of.rows.length, variance, correlation };
}
