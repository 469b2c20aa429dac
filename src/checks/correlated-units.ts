/**
 * The log-likelihood of what is left out of a Gaussian model whose residuals have a structure: log p(y_U | all other rows, parameters), for rows
 * that are correlated given the random effects too. With Q the inverse covariance of the rows and r = y − mean, it is that of a normal
 * vector: ½ log|Q_UU| − ½|U| log 2π − ½ (Qr)_U'Q_UU⁻¹(Qr)_U.
 */

import { choleskyFactor, choleskyInverse, choleskyLogDet, symmetrise } from "../linalg/dense-cholesky.ts";
import { solveLower } from "../linalg/triangular.ts";
import { blockTooLarge, knownWithStructure } from "../messages/checks.ts";
import { DeclarationError } from "../messages/issue.ts";
import { groupTooLarge } from "../messages/residual.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { PosteriorFit } from "../model/fit.ts";
import { ownDraws } from "../model/own-numbers.ts";
import { fillFactor } from "../model/parameter-layout.ts";
import { residualCovariance } from "../model/residual-scale.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import type { Report } from "../options/long-work.ts";
import { effectsByDraw } from "../prediction/draw-source.ts";
import { rowMeans } from "../prediction/row-means.ts";
import { largestDenseGroup, MOST_DENSE_ROWS } from "../residual/create-correlation.ts";
import { residualStructure } from "../residual/residual-structure.ts";
import { rowsGivenOthers } from "../residual/rows-given-others.ts";
import { HALF_LOG_2PI } from "../special/stirling.ts";
import { independentBlocks } from "./independent-blocks.ts";
import type { Units } from "./units.ts";

/** Most rows that may depend on each other where their covariance matrix, or their integral, is one. */
export const MOST_DEPENDENT_ROWS = 1000;

/**
 * Units × draws, row-major. With `marginal` random effects must be linear in the mean; see `correlated-marginal.ts` for others.
 *
 * @param used positions of the draws
 * @throws DeclarationError where more than 1000 rows are correlated with each other, and for known covariances across levels
 */
export function* correlatedUnits(
  fit: PosteriorFit,
  by: "row" | "group",
  likelihood: "conditional" | "marginal",
  units: Units,
  used: Int32Array,
  report: Report,
): Pausable<Float64Array> {
  const { model } = fit;
  const draws = ownDraws(fit);
  const { design, layout, family } = model;
  const { n, y } = design;
  const conditional = likelihood === "conditional";
  const means = rowMeans(family, layout, design, conditional ? "conditional" : "typical");
  const effects = conditional && means.usesEffects ? effectsByDraw(fit) : null;
  const density =
    by === "row" && (conditional || design.random.length === 0)
      ? rowDensity(model)
      : unitDensity(model, units, !conditional);
  const e = new Float64Array(n);
  const total = used.length;
  const values = new Float64Array(units.names.length * total);
  const out = new Float64Array(units.names.length);
  for (let s = 0; s < total; s++) {
    const d = used[s]!;
    const x = draws.values.subarray(d * draws.size, (d + 1) * draws.size);
    means.evaluate(x, effects ? effects(d) : null);
    for (let i = 0; i < n; i++) e[i] = y[i]! - means.mean.value[i]!;
    density(x, e, out);
    for (let u = 0; u < out.length; u++) values[u * total + s] = out[u]!;
    report("log-likelihoods", s + 1, total);
    if (pauseDue()) yield;
  }
  return values;
}

type Density = (x: Float64Array, e: Float64Array, out: Float64Array) => void;

/** Of each row given all others, random effects as they are. */
function rowDensity(model: CompiledModel): Density {
  const { design, residual } = model;
  const { correlation } = residual;
  const largest = correlation ? largestDenseGroup(correlation, true) : 0;
  if (largest > MOST_DENSE_ROWS)
    throw new DeclarationError([groupTooLarge(correlation!.kind, largest, MOST_DENSE_ROWS)]);
  const { data, sigma, psi } = residualCovariance(model, design.predictors, model.residual.data!);
  const rows = rowsGivenOthers(data, design.weights);
  return (x, e, out) => {
    if (rows.set(psi(x), 0)) rows.evaluate(e, sigma(x), out);
    else out.fill(Number.NEGATIVE_INFINITY);
  };
}

/** Of each unit given all other rows, by the covariance matrix of each block; with `integrated` random effects. */
function unitDensity(model: CompiledModel, units: Units, integrated: boolean): Density {
  const { design, layout } = model;
  const { n, weights, random } = design;
  if (integrated && random.some(({ known }) => known)) throw new DeclarationError([knownWithStructure()]);
  const { start, rows } = independentBlocks(model, integrated);
  let most = 0;
  for (let k = 0; k + 1 < start.length; k++) most = Math.max(most, start[k + 1]! - start[k]!);
  if (most > MOST_DEPENDENT_ROWS) throw new DeclarationError([blockTooLarge(most, MOST_DEPENDENT_ROWS)]);
  const { data, sigma, psi } = residualCovariance(model, design.predictors, model.residual.data!);
  const structure = residualStructure(data);
  const place = new Int32Array(n);
  for (let k = 0; k + 1 < start.length; k++)
    for (let a = start[k]!; a < start[k + 1]!; a++) place[rows[a]!] = a - start[k]!;
  // column c of every block's root of R, side by side
  const roots = Array.from({ length: most }, () => new Float64Array(n));
  const factors = random.map(({ q }) => new Float64Array(q * q));
  const loadings = random.map(({ q }) => new Float64Array(n * q));
  const V = new Float64Array(most * most);
  const r = new Float64Array(most);
  const part = new Float64Array(most * most);
  const rest = new Float64Array(most);

  function fill(x: Float64Array, at: number, m: number): void {
    const sigma2 = sigma(x) ** 2;
    for (let a = 0; a < m; a++) {
      const i = rows[at + a]!;
      for (let b = 0; b <= a; b++) {
        const j = rows[at + b]!;
        let sum = 0;
        for (let c = 0; c < m; c++) sum += roots[c]![i]! * roots[c]![j]!;
        sum *= sigma2 / Math.sqrt((weights?.[i] ?? 1) * (weights?.[j] ?? 1));
        if (integrated)
          random.forEach(({ q, index }, t) => {
            if (index[i] !== index[j]) return;
            for (let k = 0; k < q; k++) sum += loadings[t]![i * q + k]! * loadings[t]![j * q + k]!;
          });
        V[a * m + b] = sum;
      }
    }
  }

  /** Λ'z of every row. */
  function load(x: Float64Array): void {
    random.forEach(({ q, Z }, t) => {
      fillFactor(layout.terms[t]!, x, factors[t]!);
      const L = factors[t]!;
      for (let i = 0; i < n; i++)
        for (let k = 0; k < q; k++) {
          let sum = 0;
          for (let a = k; a < q; a++) sum += L[a * q + k]! * Z[i * q + a]!;
          loadings[t]![i * q + k] = sum;
        }
    });
  }

  return (x, e, out) => {
    out.fill(structure.set(psi(x), 0) ? 0 : Number.NEGATIVE_INFINITY);
    if (out[0] !== 0) return;
    roots.forEach((column, c) => {
      for (let i = 0; i < n; i++) column[i] = place[i] === c ? 1 : 0;
      structure.colour(column);
    });
    if (integrated) load(x);
    for (let block = 0; block + 1 < start.length; block++) {
      const at = start[block]!;
      const m = start[block + 1]! - at;
      fill(x, at, m);
      if (!choleskyFactor(V, m, 0, m)) {
        out.fill(Number.NaN);
        return;
      }
      choleskyInverse(V, m, 0, m);
      symmetrise(V.subarray(0, m * m), m);
      for (let a = 0; a < m; a++) {
        let sum = 0;
        for (let b = 0; b < m; b++) sum += V[a * m + b]! * e[rows[at + b]!]!;
        r[a] = sum;
      }
      const own = new Map<number, number[]>();
      for (let a = 0; a < m; a++) {
        const unit = units.of[rows[at + a]!]!;
        const list = own.get(unit);
        if (list) list.push(a);
        else own.set(unit, [a]);
      }
      for (const [unit, list] of own) {
        const size = list.length;
        for (let a = 0; a < size; a++) {
          for (let b = 0; b <= a; b++) part[a * size + b] = V[list[a]! * m + list[b]!]!;
          rest[a] = r[list[a]!]!;
        }
        choleskyFactor(part, size, 0, size);
        solveLower(part, 0, size, size, rest);
        let quadratic = 0;
        for (let a = 0; a < size; a++) quadratic += rest[a]! ** 2;
        out[unit]! += 0.5 * choleskyLogDet(part, size, 0, size) - size * HALF_LOG_2PI - 0.5 * quadratic;
      }
    }
  };
}
