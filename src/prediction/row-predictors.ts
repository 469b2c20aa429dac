/**
 * The linear predictors of each row of a design as a function of the natural parameters x = [β | Λ | φ] and the random effects b, and the variance
 * that the effects integrated over give them, with gradients.
 */
import { predictorOfColumn, type RandomTermDesign } from "../data/design.ts";
import { linearPredictors } from "../marginal/linear-predictors.ts";
import { unseenLevels } from "../messages/effects.ts";
import { declarationFault } from "../messages/issue.ts";
import { addFactorGradient, fillFactor, type ParameterLayout } from "../model/parameter-layout.ts";
import type { MeanBuffers } from "./conditional-mean.ts";
import { type Estimand, type NewLevels, newLevelsMode } from "./estimand.ts";
import type { MeanRows, RowMeans } from "./row-means.ts";

/** What becomes of one row's effect of one term. */
const absent = 0;
const given = 1;
const integrated = 2;

/** By row the derivatives of a mean by the variances and covariances of its predictors. */
type VarianceSlopes = Pick<MeanBuffers, "dVariance" | "dCovariance">;

export interface RowPredictors
  extends Pick<RowMeans, "eta" | "variance" | "covariance" | "usesEffects" | "addPredictorGradient" | "levelOf"> {
  /** Computes η and its variance at x; b by term (levels × q) is read where effects are given. */
  evaluate(x: Float64Array, b: readonly Float64Array[] | null): void;
  /** Adds scale·∂/∂Λ of what depends on the variances of row i with these slopes, at the x of the last evaluation. */
  addVarianceGradient(i: number, slopes: VarianceSlopes, scale: number, gx: Float64Array): void;
}

/** @throws DeclarationError naming the rows with unseen levels when `newLevels` is `existing` */
export function rowPredictors(
  layout: ParameterLayout,
  rows: MeanRows,
  estimand: Estimand,
  newLevels: NewLevels,
): RowPredictors {
  const { n, predictors, random } = rows;
  const roles = random.map((term) => rolesOfRows(term, rows, estimand, newLevels));
  const eta = predictors.map(() => new Float64Array(n));
  const over = random.filter((_, t) => roles[t]!.includes(integrated));
  const { variance, covariance } = varianceBuffers(rows, over);
  const linear = linearPredictors(rows, layout.beta);
  const factors = random.map(({ q }) => new Float64Array(q * q));
  const largest = Math.max(1, ...random.map(({ q }) => q));
  const projected = new Float64Array(largest);
  const across = new Float64Array(predictors.length * largest);
  const dFactor = new Float64Array(largest * largest);
  /** x of the last evaluation. */
  const point = new Float64Array(layout.size);

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

  /** Through the covariance of the predictors: ∂/∂Λ = B'HBΛ, H twice the gradient in the covariance. */
  const addAcrossGradient = (t: number, i: number, slopes: VarianceSlopes, scale: number, gx: Float64Array) => {
    const { q, Z, predictors: acted } = random[t]!;
    projectAcross(t, i);
    for (let a = 0; a < q; a++) {
      const r = acted![a]!;
      for (let c = 0; c < q; c++) {
        let sum = 2 * slopes.dVariance[r]![i]! * across[r * q + c]!;
        for (let s = 0; s < predictors.length; s++)
          if (s !== r)
            sum += slopes.dCovariance[r > s ? (r * (r - 1)) / 2 + s : (s * (s - 1)) / 2 + r]![i]! * across[s * q + c]!;
        dFactor[a * q + c] = scale * Z[i * q + a]! * sum;
      }
    }
    addFactorGradient(layout.terms[t]!, point, dFactor, gx);
  };

  /** Adds the effects of term t to the predictors of the rows where they are given. */
  const addGiven = (t: number, effects: Float64Array) => {
    const { q, Z, index, predictor, predictors: acted } = random[t]!;
    const role = roles[t]!;
    const out = eta[predictor]!;
    for (let i = 0; i < n; i++) {
      if (role[i] !== given) continue;
      const base = index[i]! * q;
      if (acted) {
        for (let a = 0; a < q; a++) eta[acted[a]!]![i]! += Z[i * q + a]! * effects[base + a]!;
        continue;
      }
      let s = 0;
      for (let a = 0; a < q; a++) s += Z[i * q + a]! * effects[base + a]!;
      out[i]! += s;
    }
  };

  /** Adds the variance of term t to that of the predictors of the rows where it is integrated over. */
  const addVariances = (t: number) => {
    const { q, predictor, predictors: acted } = random[t]!;
    const role = roles[t]!;
    const v = variance[predictor];
    for (let i = 0; i < n; i++) {
      if (role[i] !== integrated) continue;
      if (acted) {
        addCovariance(t, i);
        continue;
      }
      project(t, i);
      let s = 0;
      for (let c = 0; c < q; c++) s += projected[c]! * projected[c]!;
      v![i]! += s;
    }
  };

  return {
    eta,
    variance,
    covariance,
    usesEffects: roles.some((role) => role.includes(given)),
    evaluate(x, b) {
      point.set(x);
      linear.eta(x, null, eta);
      for (const values of variance) values?.fill(0);
      for (const values of covariance) values?.fill(0);
      roles.forEach((role, t) => {
        fillFactor(layout.terms[t]!, x, factors[t]!);
        if (role.includes(given)) addGiven(t, b![t]!);
        if (role.includes(integrated)) addVariances(t);
      });
    },
    addPredictorGradient(r, i, scale, gx, gb) {
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
    },
    addVarianceGradient(i, slopes, scale, gx) {
      for (let t = 0; t < random.length; t++) {
        if (roles[t]![i] !== integrated) continue;
        const { q, Z, predictor, predictors: acted } = random[t]!;
        if (acted) {
          addAcrossGradient(t, i, slopes, scale, gx);
          continue;
        }
        // v = |Λ'z|², so ∂v/∂Λ = 2z(Λ'z)': no division by the sd, which may be 0
        const twice = 2 * scale * slopes.dVariance[predictor]![i]!;
        project(t, i);
        for (let a = 0; a < q; a++)
          for (let c = 0; c < q; c++) dFactor[a * q + c] = twice * Z[i * q + a]! * projected[c]!;
        addFactorGradient(layout.terms[t]!, point, dFactor, gx);
      }
    },
    levelOf: (t, i) => (roles[t]![i] === given ? random[t]!.index[i]! : -1),
  };
}

/** Room for the variances and covariances of the predictors on which the terms integrated over act. */
function varianceBuffers({ n, predictors }: MeanRows, over: readonly RandomTermDesign[]) {
  const acts = (term: RandomTermDesign, r: number) =>
    term.predictors ? term.predictors.includes(r) : term.predictor === r;
  return {
    variance: predictors.map((_, r) => (over.some((term) => acts(term, r)) ? new Float64Array(n) : null)),
    covariance: predictors.flatMap((_, r) =>
      Array.from({ length: r }, (_, s) =>
        over.some((term) => acts(term, r) && acts(term, s)) ? new Float64Array(n) : null,
      ),
    ),
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
