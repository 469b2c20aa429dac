/**
 * The mean of each row of a design as a function of the natural parameters x = [β | Λ | φ] and the random effects b, with gradients:
 * what predictions, population averages and simulations are made of.
 */
import { type DesignRows, predictorOfColumn, type RandomTermDesign } from "../data/design.ts";
import type { Family } from "../families/family.ts";
import { affineProduct } from "../linalg/design-product.ts";
import { unseenLevels } from "../messages/effects.ts";
import { declarationFault } from "../messages/issue.ts";
import { addFactorGradient, fillFactor, type ParameterLayout } from "../model/parameter-layout.ts";
import { type MeanBuffers, meanBuffers } from "./conditional-mean.ts";
import { type Estimand, type NewLevels, newLevelsMode } from "./estimand.ts";
import { type ResponseMean, responseMean } from "./response-mean.ts";

/** The part of a design that a mean depends on. */
export type MeanRows = Pick<DesignRows, "n" | "predictors" | "random" | "columns"> & { readonly rows?: Int32Array };

/** What becomes of one row's effect of one term. */
const absent = 0;
const given = 1;
const integrated = 2;

export interface RowMeans {
  readonly n: number;
  /** η a row by predictor, with the given random effects in it. Valid after `evaluate`. */
  readonly eta: readonly Float64Array[];
  /** Variance integrated over, a row by predictor; null where none is. */
  readonly variance: readonly (Float64Array | null)[];
  /** Covariance integrated over, of predictors r > s at r(r − 1)/2 + s; null where none is. */
  readonly covariance: readonly (Float64Array | null)[];
  /** Means and their derivatives. Valid after `evaluate`. */
  readonly mean: MeanBuffers;
  /** True when some term enters with given random effects, so that b is read. */
  readonly usesEffects: boolean;
  /** Computes everything at x; b by term (levels × q) is read for conditional means only. */
  evaluate(x: Float64Array, b: readonly Float64Array[] | null): void;
  /** The same for η and its variance only, without the means. */
  evaluatePredictors(x: Float64Array, b: readonly Float64Array[] | null): void;
  /**
   * Adds scale·∂(mean of row i)/∂x to `gx`, and scale·∂/∂b to `gb` (by term, levels × q) when given. After `evaluate`.
   */
  addMeanGradient(i: number, scale: number, gx: Float64Array, gb: readonly Float64Array[] | null): void;
  /** The same for η_r of row i. */
  addPredictorGradient(r: number, i: number, scale: number, gx: Float64Array, gb: readonly Float64Array[] | null): void;
  /** Level of term t whose effect enters row i, −1 when none does. */
  levelOf(t: number, i: number): number;
}

/**
 * Binds rows to a family and a layout.
 *
 * @param newLevels what to do, in conditional means, with rows whose level the fit has not seen
 * @throws DeclarationError naming the rows with unseen levels when `newLevels` is `existing`
 */
export function rowMeans(
  family: Family,
  layout: ParameterLayout,
  rows: MeanRows,
  estimand: Estimand,
  newLevels: NewLevels = "existing",
  response: ResponseMean = responseMean(family),
): RowMeans {
  const { n, predictors, random } = rows;
  const roles = random.map((term) => rolesOfRows(term, rows, estimand, newLevels));
  const usesEffects = roles.some((role) => role.includes(given));
  const eta = predictors.map(() => new Float64Array(n));
  const over = random.filter((_, t) => roles[t]!.includes(integrated));
  const acts = (term: RandomTermDesign, r: number) =>
    term.predictors ? term.predictors.includes(r) : term.predictor === r;
  const variance = predictors.map((_, r) => (over.some((term) => acts(term, r)) ? new Float64Array(n) : null));
  const covariance = predictors.flatMap((_, r) =>
    Array.from({ length: r }, (_, s) =>
      over.some((term) => acts(term, r) && acts(term, s)) ? new Float64Array(n) : null,
    ),
  );
  const mean = meanBuffers(n, predictors.length, layout.phi.size);
  const factors = random.map(({ q }) => new Float64Array(q * q));
  const largest = Math.max(1, ...random.map(({ q }) => q));
  const projected = new Float64Array(largest);
  const across = new Float64Array(predictors.length * largest);
  const dFactor = new Float64Array(largest * largest);
  /** x of the last evaluation. */
  const point = new Float64Array(layout.size);
  let phi = new Float64Array(layout.phi.size);

  /** projected = Λ'z of row i. */
  const project = (t: number, i: number) => {
    const { q, Z } = random[t]!;
    const L = factors[t]!;
    for (let c = 0; c < q; c++) {
      let s = 0;
      for (let a = c; a < q; a++) s += L[a * q + c]! * Z[i * q + a]!;
      projected[c] = s;
    }
  };

  /** across = the rows of BΛ by predictor, B the term's columns of row i at the predictors they act on. */
  const projectAcross = (t: number, i: number) => {
    const { q, Z, predictors: acted } = random[t]!;
    const L = factors[t]!;
    across.fill(0);
    for (let a = 0; a < q; a++)
      for (let c = 0; c <= a; c++) across[acted![a]! * q + c]! += Z[i * q + a]! * L[a * q + c]!;
  };

  /** Adds the term's part of the covariance of row i's predictors. */
  const addCovariance = (t: number, i: number) => {
    const { q } = random[t]!;
    projectAcross(t, i);
    for (let r = 0; r < predictors.length; r++)
      for (let s = 0; s <= r; s++) {
        const target = r === s ? variance[r] : covariance[(r * (r - 1)) / 2 + s];
        if (!target) continue;
        for (let c = 0; c < q; c++) target[i]! += across[r * q + c]! * across[s * q + c]!;
      }
  };

  const evaluatePredictors = (x: Float64Array, b: readonly Float64Array[] | null) => {
    predictors.forEach((predictor, r) => {
      const { offset, size } = layout.beta[r]!;
      affineProduct(predictor.X, n, size, x, offset, predictor.offset, eta[r]!);
      variance[r]?.fill(0);
    });
    for (const values of covariance) values?.fill(0);
    random.forEach((term, t) => {
      const { q, Z, index, predictor } = term;
      const role = roles[t]!;
      const effects = b?.[t];
      fillFactor(layout.terms[t]!, x, factors[t]!);
      const out = eta[predictor]!;
      const v = variance[predictor];
      for (let i = 0; i < n; i++) {
        if (role[i] === given) {
          const base = index[i]! * q;
          let s = 0;
          if (term.predictors) {
            for (let a = 0; a < q; a++) eta[term.predictors[a]!]![i]! += Z[i * q + a]! * effects![base + a]!;
            continue;
          }
          for (let a = 0; a < q; a++) s += Z[i * q + a]! * effects![base + a]!;
          out[i]! += s;
        } else if (role[i] === integrated) {
          if (term.predictors) {
            addCovariance(t, i);
            continue;
          }
          project(t, i);
          let s = 0;
          for (let c = 0; c < q; c++) s += projected[c]! * projected[c]!;
          v![i]! += s;
        }
      }
    });
  };

  const addPredictorGradient: RowMeans["addPredictorGradient"] = (r, i, scale, gx, gb) => {
    const { offset, size } = layout.beta[r]!;
    const { X } = predictors[r]!;
    for (let j = 0; j < size; j++) gx[offset + j]! += scale * X[i * size + j]!;
    if (!gb) return;
    for (let t = 0; t < random.length; t++) {
      const term = random[t]!;
      if ((!term.predictors && term.predictor !== r) || roles[t]![i] !== given) continue;
      const { q, Z } = term;
      const base = term.index[i]! * q;
      for (let a = 0; a < q; a++) if (predictorOfColumn(term, a) === r) gb[t]![base + a]! += scale * Z[i * q + a]!;
    }
  };

  /** Through the covariance of the predictors: ∂/∂Λ = B'HBΛ, H twice the gradient in the covariance. */
  const addAcrossGradient = (t: number, i: number, scale: number, gx: Float64Array) => {
    const { q, Z, predictors: acted } = random[t]!;
    projectAcross(t, i);
    for (let a = 0; a < q; a++) {
      const r = acted![a]!;
      for (let c = 0; c < q; c++) {
        let sum = 2 * mean.dVariance[r]![i]! * across[r * q + c]!;
        for (let s = 0; s < predictors.length; s++)
          if (s !== r)
            sum += mean.dCovariance[r > s ? (r * (r - 1)) / 2 + s : (s * (s - 1)) / 2 + r]![i]! * across[s * q + c]!;
        dFactor[a * q + c] = scale * Z[i * q + a]! * sum;
      }
    }
    addFactorGradient(layout.terms[t]!, point, dFactor, gx);
  };

  return {
    n,
    eta,
    variance,
    covariance,
    mean,
    usesEffects,
    evaluatePredictors,
    evaluate(x, b) {
      evaluatePredictors(x, b);
      point.set(x);
      phi = x.slice(layout.phi.offset, layout.phi.offset + layout.phi.size);
      response.evaluate(eta, variance, phi, n, mean, rows.columns, covariance);
    },
    addPredictorGradient,
    addMeanGradient(i, scale, gx, gb) {
      for (let r = 0; r < predictors.length; r++) addPredictorGradient(r, i, scale * mean.dEta[r]![i]!, gx, gb);
      for (let g = 0; g < layout.phi.size; g++) gx[layout.phi.offset + g]! += scale * mean.dPhi[g]![i]!;
      for (let t = 0; t < random.length; t++) {
        if (roles[t]![i] !== integrated) continue;
        if (random[t]!.predictors) {
          addAcrossGradient(t, i, scale, gx);
          continue;
        }
        const { q, Z, predictor } = random[t]!;
        // v = |Λ'z|², so ∂v/∂Λ = 2z(Λ'z)': no division by the sd, which may be 0
        const twice = 2 * scale * mean.dVariance[predictor]![i]!;
        project(t, i);
        for (let a = 0; a < q; a++)
          for (let c = 0; c < q; c++) dFactor[a * q + c] = twice * Z[i * q + a]! * projected[c]!;
        addFactorGradient(layout.terms[t]!, point, dFactor, gx);
      }
    },
    levelOf: (t, i) => (roles[t]![i] === given ? random[t]!.index[i]! : -1),
  };
}

function rolesOfRows(term: RandomTermDesign, rows: MeanRows, estimand: Estimand, newLevels: NewLevels): Uint8Array {
  const roles = new Uint8Array(rows.n);
  if (estimand === "typical") return roles.fill(absent);
  if (estimand === "population") return roles.fill(integrated);
  const mode = newLevelsMode(newLevels);
  const unseen: number[] = [];
  for (let i = 0; i < rows.n; i++) {
    if (term.index[i]! >= 0) roles[i] = given;
    else {
      roles[i] = mode === "population" ? integrated : absent;
      unseen.push((rows.rows ? rows.rows[i]! : i) + 1);
    }
  }
  if (unseen.length > 0 && mode === "existing") {
    const levels = new Set(term.unseen?.filter((level) => level !== null));
    throw declarationFault(unseenLevels(term.group, unseen, [...levels]));
  }
  return roles;
}
