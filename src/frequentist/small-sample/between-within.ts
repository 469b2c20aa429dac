/**
 * Degrees of freedom by counting, for nested groups (Pinheiro & Bates 2000, section 2.4.2; nlme's): a term that varies within the groups of level
 * i − 1 and not within those of level i has m_i − (m_{i−1} + p_i), m_i the number of groups there and p_i the number of coefficients so estimated.
 */

import { isNestedIn } from "../../data/nested-levels.ts";
import { ofMean } from "../../families/of-mean.ts";
import { DeclarationError } from "../../messages/issue.ts";
import { betweenWithinNeedsNesting } from "../../messages/small-sample.ts";
import type { CompiledModel } from "../../model/compiled-model.ts";
import { termColumns } from "./term-columns.ts";

interface Level {
  readonly name: string;
  readonly index: Int32Array;
  readonly count: number;
}

/** The groupings of a model from the coarsest to the finest. @throws DeclarationError where they are crossed */
function nestedLevels({ design, residual }: CompiledModel): Level[] {
  const found: Level[] = design.random.map(({ group, index, levels }) => ({
    name: group,
    index,
    count: levels.length,
  }));
  const { correlation } = residual;
  if (found.length === 0 && correlation && correlation.start.length > 2) {
    const index = new Int32Array(design.n);
    const count = correlation.start.length - 1;
    for (let g = 0; g < count; g++)
      for (let t = correlation.start[g]!; t < correlation.start[g + 1]!; t++) index[correlation.order[t]!] = g;
    found.push({ name: "the residuals' groups", index, count });
  }
  found.sort((a, b) => a.count - b.count);
  const levels: Level[] = [];
  for (const level of found) {
    const last = levels.at(-1);
    if (last && !isNestedIn(level.index, level.count, last.index))
      throw new DeclarationError([betweenWithinNeedsNesting([last.name, level.name])]);
    if (last && level.count === last.count) continue;
    levels.push(level);
  }
  return levels;
}

/** Whether a column is constant within every group. */
function isConstantWithin(X: Float64Array, p: number, column: number, { index, count }: Level): boolean {
  const seen = new Float64Array(count).fill(Number.NaN);
  for (let i = 0; i < index.length; i++) {
    const g = index[i]!;
    const value = X[i * p + column]!;
    if (Number.isNaN(seen[g]!)) seen[g] = value;
    else if (seen[g] !== value) return false;
  }
  return true;
}

/**
 * Degrees of freedom of the mean's coefficients, by place.
 *
 * @param observations number of rows, with their frequencies
 * @throws DeclarationError where groups are crossed
 */
export function betweenWithin(model: CompiledModel, observations: number): number[] {
  const levels = nestedLevels(model);
  const { X, names, intercept } = ofMean(model.design.predictors);
  const p = names.length;
  const innermost = levels.length;
  const own = names.map((_, c) => {
    const at = levels.findIndex((level) => isConstantWithin(X, p, c, level));
    return at < 0 ? innermost : at;
  });
  // a term is estimated where its innermost column is
  for (const { columns } of termColumns(model)) {
    const at = Math.max(0, ...columns.map((c) => own[c]!));
    for (const c of columns) own[c] = at;
  }
  if (intercept) own[0] = innermost;
  const sizes = [...levels.map(({ count }) => count), observations];
  const estimated = sizes.map((_, at) => own.filter((value, c) => value === at && !(intercept && c === 0)).length);
  return own.map((at) => Math.max(0, sizes[at]! - (at === 0 ? (intercept ? 1 : 0) : sizes[at - 1]!) - estimated[at]!));
}
