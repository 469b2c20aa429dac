/**
 * What the residuals of fitted rows say of new rows that are correlated with them: the best linear predictor of Goldberger (1962, JASA 57,
 * 369–375), kriging where the correlation is one of distance. With Q the inverse correlation matrix of fitted (o) and new (n) rows together and
 * s = √w e/g their scaled residuals, E[s_n | s_o] = −Q_nn⁻¹Q_no s_o and Var[s_n | s_o] = σ²Q_nn⁻¹, so that an AR(1) series costs what its
 * neighbours do.
 */

import type { DesignRows, PredictorDesign } from "../data/design.ts";
import { encode, placesOf } from "../data/factor.ts";
import { type Column, type Table, tableOf } from "../data/table.ts";
import { columnsOfResidual } from "../dsl/columns-used.ts";
import { residualSd } from "../families/distribution-parameters.ts";
import { choleskyFactor, choleskySolve } from "../linalg/dense-cholesky.ts";
import { solveLowerTransposed } from "../linalg/triangular.ts";
import { DeclarationError } from "../messages/issue.ts";
import { newRowsJoinFitted } from "../messages/residual-fits.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import { residualCovariance } from "../model/residual-scale.ts";
import type { Rng } from "../random/rng.ts";
import type { PairList } from "../residual/correlation.ts";
import { createCorrelation } from "../residual/create-correlation.ts";
import type { ResidualData } from "../residual/residual-data.ts";
import { varianceFunction } from "../residual/variance-function.ts";
import { residualRows } from "./residual-rows.ts";

export interface GivenResiduals {
  /** Takes the parameters of a natural vector x; false where the structure is not defined there. */
  set(x: Float64Array): boolean;
  /** Calls `visit` with each fitted row whose residual enters the expectation of new row i, and its coefficient. */
  eachCoefficient(i: number, visit: (fitted: number, coefficient: number) => void): void;
  /** Writes E[e_n | e_o] of every new row into `out`, from e_o = y − μ of the fitted rows. */
  expected(e: Float64Array, out: Float64Array): void;
  /** Adds a draw of e_n − E[e_n | e_o] to `out`. */
  addNoise(rng: Rng, out: Float64Array): void;
}

/** New rows that are correlated with each other, and the fitted rows they are correlated with directly. */
interface Neighbourhood {
  /** New rows, and fitted rows. */
  readonly rows: Int32Array;
  readonly fitted: Int32Array;
  /** Entries of the pair list within Q_nn (k × k, lower triangle) and Q_no (k × fitted), as [pair, cell] one after the other. */
  readonly within: Int32Array;
  readonly across: Int32Array;
  /** Cholesky factor of Q_nn and −Q_nn⁻¹Q_no. */
  readonly factor: Float64Array;
  readonly coefficients: Float64Array;
}

/** Levels of two columns one below the other; those of the lower have the upper's names where they are the same. */
function stackedLabels(upper: Column, upperRows: Int32Array, lower: Column, lowerRows: Int32Array): (string | null)[] {
  const [a, b] = [encode(upper), encode(lower)];
  const places = placesOf(b, a.levels, upper.kind === "numeric" && !upper.texts ? { numbers: true } : {});
  const names = b.levels.map((level, k) => (places[k]! < 0 ? level : a.levels[places[k]!]!));
  const label = (levels: readonly string[], code: number) => (code < 0 ? null : levels[code]!);
  return [
    ...Array.from(upperRows, (row) => label(a.levels, a.codes[row]!)),
    ...Array.from(lowerRows, (row) => label(names, b.codes[row]!)),
  ];
}

/** Rows of one table put below those of another, in the columns that both have. */
function stacked(
  upper: Table,
  upperRows: Int32Array,
  lower: Table,
  lowerRows: Int32Array,
  names: readonly string[],
): Table {
  const columns = new Map<string, Column>();
  for (const name of names) {
    const [a, b] = [upper.column(name), lower.column(name)];
    if (!a || !b) continue;
    const numbers =
      a.kind === "numeric" && b.kind === "numeric"
        ? Float64Array.from([
            ...Array.from(upperRows, (row) => a.values[row]!),
            ...Array.from(lowerRows, (row) => b.values[row]!),
          ])
        : null;
    if (a.kind === "numeric" && b.kind === "numeric" && !a.texts && !b.texts) {
      columns.set(name, { kind: "numeric", values: numbers! });
      continue;
    }
    const texts = stackedLabels(a, upperRows, b, lowerRows);
    if (numbers) columns.set(name, { kind: "numeric", values: numbers, texts });
    else columns.set(name, { kind: "text", values: texts, ...(a.kind === "text" && a.levels && { levels: a.levels }) });
  }
  return tableOf(columns, upperRows.length + lowerRows.length);
}

/** The residual structure over the fitted rows, with the new rows after them. */
function jointResidual(model: CompiledModel, table: Table, rows: Int32Array): ResidualData {
  const { spec, design } = model;
  const names = [...new Set(columnsOfResidual(spec.residual))];
  // a column that only the table of the fit has is reported by name
  const absent = names.filter((name) => model.table.column(name) && !table.column(name));
  if (absent.length > 0) residualRows(model, table, rows);
  const joint = stacked(model.table, Int32Array.from(design.rows), table, rows, names);
  try {
    return residualRows(
      model,
      joint,
      Int32Array.from({ length: joint.rows }, (_, i) => i),
      true,
    );
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
    throw new DeclarationError(error.issues.map((issue) => newRowsJoinFitted(issue, design.n)));
  }
}

function neighbourhoods({ row, partner }: PairList, order: Int32Array, start: Int32Array, n: number): Neighbourhood[] {
  const groupOf = new Int32Array(order.length);
  for (let g = 0; g + 1 < start.length; g++) groupOf.fill(g, start[g]!, start[g + 1]!);
  const pairsOf = new Map<number, number[]>();
  for (let k = 0; k < row.length; k++) {
    if (order[row[k]!]! < n && order[partner[k]!]! < n) continue;
    const g = groupOf[row[k]!]!;
    const list = pairsOf.get(g);
    if (list) list.push(k);
    else pairsOf.set(g, [k]);
  }
  return Array.from(pairsOf.values(), (pairs): Neighbourhood => {
    const rows = new Map<number, number>();
    const fitted = new Map<number, number>();
    const placeIn = (map: Map<number, number>, i: number) => {
      const at = map.get(i) ?? map.size;
      map.set(i, at);
      return at;
    };
    for (const k of pairs)
      for (const i of [order[row[k]!]!, order[partner[k]!]!]) placeIn(i < n ? fitted : rows, i < n ? i : i - n);
    const within: number[] = [];
    const across: number[] = [];
    for (const k of pairs) {
      const [i, j] = [order[row[k]!]!, order[partner[k]!]!];
      if (i >= n && j >= n) {
        const [a, b] = [rows.get(i - n)!, rows.get(j - n)!];
        within.push(k, Math.max(a, b) * rows.size + Math.min(a, b));
      } else across.push(k, rows.get(Math.max(i, j) - n)! * fitted.size + fitted.get(Math.min(i, j))!);
    }
    return {
      rows: Int32Array.from(rows.keys()),
      fitted: Int32Array.from(fitted.keys()),
      within: Int32Array.from(within),
      across: Int32Array.from(across),
      factor: new Float64Array(rows.size ** 2),
      coefficients: new Float64Array(rows.size * fitted.size),
    };
  });
}

/** The rows of a predictor below those of another. */
const stackedPredictor = (upper: PredictorDesign, lower: PredictorDesign) => ({
  role: upper.role,
  names: upper.names,
  X: Float64Array.from([...upper.X, ...lower.X]),
  offset: Float64Array.from([...upper.offset, ...lower.offset]),
});

/**
 * @param table new rows, with the columns of the structure
 * @param design the new rows as they are predicted for, some of the table's
 * @throws DeclarationError where the structure is not defined over fitted and new rows together: a time that occurs twice in a group, a stratum
 * that the fit has not seen, a variance of the fitted values
 */
export function givenResiduals(
  model: CompiledModel,
  table: Table,
  design: Pick<DesignRows, "n" | "rows" | "weights" | "predictors">,
): GivenResiduals {
  const { n, weights } = model.design;
  const { n: fresh } = design;
  const ofSigma = residualSd(model.family)?.predictor;
  const stacked = model.design.predictors.map((own, r) =>
    r === ofSigma ? stackedPredictor(own, design.predictors[r]!) : own,
  );
  const joint = residualCovariance(model, stacked, jointResidual(model, table, design.rows));
  const { data, sigma: sigmaOf } = joint;
  const variance = varianceFunction(data);
  const correlation = createCorrelation(data, true);
  const pairs = correlation.pairs!;
  const { order, start } = data.correlation!;
  const all = neighbourhoods(pairs, order, start, n);
  const scale = new Float64Array(n + fresh);
  const psi = new Float64Array(variance.size + correlation.size).fill(Number.NaN);
  const position = new Int32Array(fresh);
  const home = new Array<Neighbourhood>(fresh);
  for (const one of all)
    one.rows.forEach((i, a) => {
      position[i] = a;
      home[i] = one;
    });
  const noise = new Float64Array(all.reduce((most, { rows }) => Math.max(most, rows.length), 0));
  let sigma = 1;
  let valid = false;

  function factorise(): boolean {
    if (!variance.evaluate(psi, 0, scale) || !correlation.set(psi, variance.size)) return false;
    for (let i = 0; i < scale.length; i++) {
      const w = i < n ? weights?.[i] : design.weights?.[i - n];
      scale[i] = Math.exp(scale[i]!) / Math.sqrt(w ?? 1);
    }
    const { stored, precision } = pairs;
    return all.every(({ rows, fitted, within, across, factor, coefficients }) => {
      factor.fill(0);
      coefficients.fill(0);
      for (let k = 0; k < within.length; k += 2) factor[within[k + 1]!] = precision[stored[within[k]!]!]!;
      for (let k = 0; k < across.length; k += 2) coefficients[across[k + 1]!] = -precision[stored[across[k]!]!]!;
      if (!choleskyFactor(factor, rows.length)) return false;
      choleskySolve(factor, rows.length, coefficients, fitted.length);
      return true;
    });
  }

  return {
    set(x) {
      sigma = sigmaOf(x);
      // draws of a maximum-likelihood fit share their variances
      const next = joint.psi(x);
      if (psi.every((value, k) => value === next[k])) return valid;
      psi.set(next.subarray(0, psi.length));
      valid = factorise();
      return valid;
    },
    eachCoefficient(i, visit) {
      const { fitted, coefficients } = home[i]!;
      const from = position[i]! * fitted.length;
      for (let c = 0; c < fitted.length; c++)
        visit(fitted[c]!, (coefficients[from + c]! * scale[n + i]!) / scale[fitted[c]!]!);
    },
    expected(e, out) {
      for (const { rows, fitted, coefficients } of all)
        rows.forEach((i, a) => {
          let sum = 0;
          for (let c = 0; c < fitted.length; c++)
            sum += (coefficients[a * fitted.length + c]! * e[fitted[c]!]!) / scale[fitted[c]!]!;
          out[i] = sum * scale[n + i]!;
        });
    },
    addNoise(rng, out) {
      for (const { rows, factor } of all) {
        const k = rows.length;
        for (let a = 0; a < k; a++) noise[a] = rng.normal();
        solveLowerTransposed(factor, 0, k, k, noise);
        for (let a = 0; a < k; a++) out[rows[a]!]! += sigma * scale[n + rows[a]!]! * noise[a]!;
      }
    },
  };
}
