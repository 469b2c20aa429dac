/**
 * Responses of the residual bootstrap of Carpenter, Goldstein & Rasbash (2003, Applied Statistics 52, 431–443): the estimated effects of each group and
 * the residuals are centred, reflated to the variances that the fit has for them, for predictions are shrunken, and drawn with replacement. Residuals are
 * those that a residual structure and weights leave independent, and return to their rows through both.
 */
import type { MaximumLikelihood } from "../../frequentist/maximum-likelihood.ts";
import { choleskyFactor } from "../../linalg/dense-cholesky.ts";
import { residualNeedsGaussian, residualOfRelatedLevels } from "../../messages/bootstrap.ts";
import { DeclarationError } from "../../messages/issue.ts";
import { fillFactor, type TermLayout } from "../../model/parameter-layout.ts";
import { residuals } from "../../prediction/residuals.ts";
import { rowSimulator } from "../../prediction/simulate-rows.ts";
import type { Rng } from "../../random/rng.ts";

/** A diagonal entry of a factor below this share of the largest belongs to an effect without a variance of its own. */
const SINGULAR = 1e-8;

/** y = Lu, u from y, of a lower-triangular L whose columns may be empty: there u is 0. */
function solveSingular(L: Float64Array, q: number, y: Float64Array, at: number): void {
  let largest = 0;
  for (let a = 0; a < q; a++) largest = Math.max(largest, Math.abs(L[a * q + a]!));
  for (let a = 0; a < q; a++) {
    let s = y[at + a]!;
    for (let k = 0; k < a; k++) s -= L[a * q + k]! * y[at + k]!;
    y[at + a] = Math.abs(L[a * q + a]!) > SINGULAR * largest ? s / L[a * q + a]! : 0;
  }
}

/** Centres the columns of `values` (count × q). */
function centre(values: Float64Array, count: number, q: number): void {
  for (let a = 0; a < q; a++) {
    let mean = 0;
    for (let l = 0; l < count; l++) mean += values[l * q + a]! / count;
    for (let l = 0; l < count; l++) values[l * q + a]! -= mean;
  }
}

/**
 * The modes of a term (levels × q) centred and reflated: with S their covariance and ΛΛ' the fit's, times ΛS^(-1/2), both by their Cholesky factors.
 * Written in u = Λ⁻¹b, so that a variance of 0 stays one.
 */
function reflatedEffects(modes: Float64Array, layout: TermLayout, x: Float64Array): Float64Array {
  const { q } = layout;
  const count = modes.length / q;
  const factor = new Float64Array(q * q);
  fillFactor(layout, x, factor);
  const u = modes.slice();
  for (let l = 0; l < count; l++) solveSingular(factor, q, u, l * q);
  centre(u, count, q);
  const S = new Float64Array(q * q);
  for (let l = 0; l < count; l++)
    for (let a = 0; a < q; a++) for (let c = 0; c <= a; c++) S[a * q + c]! += (u[l * q + a]! * u[l * q + c]!) / count;
  // effects without a variance are 0 in every level
  for (let a = 0; a < q; a++) if (S[a * q + a] === 0) S[a * q + a] = 1;
  if (!choleskyFactor(S, q)) return modes;
  for (let l = 0; l < count; l++) solveSingular(S, q, u, l * q);
  for (let l = 0; l < count; l++)
    for (let a = q - 1; a >= 0; a--) {
      let b = 0;
      for (let k = 0; k <= a; k++) b += factor[a * q + k]! * u[l * q + k]!;
      u[l * q + a] = b;
    }
  return u;
}

/** The residuals of rows that count, independent and of variance 1 by the fit, centred and reflated to that. */
function reflatedResiduals(fit: MaximumLikelihood): Float64Array {
  const { weights } = fit.model.design;
  const pool = residuals(fit, { type: "normalized" }).filter(
    (value, i) => Number.isFinite(value) && weights?.[i] !== 0,
  );
  centre(pool, pool.length, 1);
  const size = Math.sqrt(pool.reduce((sum, value) => sum + value * value, 0) / pool.length);
  return size > 0 ? pool.map((value) => value / size) : pool;
}

/**
 * @param randomEffects `new`: reflated effects, drawn; `fitted`: the groups' own
 * @returns a function of a stream to a response
 * @throws DeclarationError for responses that are not normal, and effects with a known covariance across levels
 */
export function residualResponses(
  fit: MaximumLikelihood,
  randomEffects: "new" | "fitted",
): (stream: Rng) => Float64Array {
  const { model, estimate: x, modes } = fit;
  const { design, family, layout } = model;
  if (!family.normal) throw new DeclarationError([residualNeedsGaussian(family.name)]);
  const related = design.random.find((term) => term.known);
  if (related) throw new DeclarationError([residualOfRelatedLevels(related.group)]);
  const pool = reflatedResiduals(fit);
  const effects = modes.map((values, t) =>
    randomEffects === "fitted" ? values : reflatedEffects(values, layout.terms[t]!, x),
  );
  const drawn = effects.map((values) => values.slice());
  const simulate = rowSimulator(model, design);
  return (stream) => {
    const pick = (count: number) => Math.floor(stream.uniform() * count);
    if (randomEffects === "new") {
      // the effects of a group come together, whatever the terms they are of
      const picks = new Map<string, Int32Array>();
      design.random.forEach(({ group, levels, q }, t) => {
        let from = picks.get(group);
        if (!from) picks.set(group, (from = Int32Array.from(levels, () => pick(levels.length))));
        from.forEach((level, l) => {
          for (let a = 0; a < q; a++) drawn[t]![l * q + a] = effects[t]![level * q + a]!;
        });
      });
    }
    const response = new Float64Array(design.n);
    // the rows ask for standard normal numbers, one a row, and are given residuals
    simulate({ ...stream, normal: () => pool[pick(pool.length)]! }, x, drawn, response);
    return response;
  };
}
