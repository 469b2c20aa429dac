/**
 * Products of one-dimensional rules, refined one direction at a time: a direction is fine enough when the next coarser rule in it gives the
 * same mean. The first levels are those that serve along each axis through the centre, where a rule that sees into the tails of the
 * distribution is cheap.
 */
import { firstTrapezoid, normalRule, ruleLevels } from "./normal-rules.ts";
import { halfWidth } from "./population-mean.ts";
import type { RowExpectation } from "./row-expectation.ts";

/** Change from a coarser rule, relative to the root mean square of the mean, that is taken to be none. */
const TOLERANCE = 1e-10;
/** Most nodes of a product; one direction alone may have as many as its finest rule. */
const MOST_NODES = 120_000;
/** Half-widths of the trapezoids in sds: a mean that grows like exp(x) moves the integrand outwards. */
const WIDTHS = [halfWidth, 13, 18, 26];

export interface ProductRule {
  /** Level of the rule in each direction; see `normalRule`. */
  readonly levels: number[];
  /** Half-width of the trapezoids. */
  readonly width: number;
}

const nodesOf = ({ levels, width }: ProductRule): number =>
  levels.reduce((nodes, level) => nodes * normalRule(level, width).nodes.length, 1);

/** Overwrites `sums` with the expectations by a product rule. */
function integrate(sums: RowExpectation, { levels, width }: ProductRule, derivatives: boolean): void {
  const d = levels.length;
  const rules = levels.map((level) => normalRule(level, width));
  // what lies as far out as a corner of the cube adds nothing
  const negligible = 1e-10 * Math.exp(-0.5 * width * width);
  const x = new Float64Array(d);
  sums.clear();
  const visit = (c: number, weight: number) => {
    if (c === d) {
      sums.add(x, weight, derivatives);
      return;
    }
    const { nodes, weights } = rules[c]!;
    for (let k = 0; k < nodes.length; k++) {
      const w = weight * weights[k]!;
      if (w < negligible) continue;
      x[c] = nodes[k]!;
      visit(c + 1, w);
    }
  };
  visit(0, 1);
}

/** Largest difference over rows from a reference, relative to its √E m²; Infinity where something is not finite. */
function difference(sums: RowExpectation, reference: { value: Float64Array; square: Float64Array }): number {
  let most = 0;
  for (let i = 0; i < sums.n; i++) {
    const gap = Math.abs(sums.value[i]! - reference.value[i]!);
    const size = Math.sqrt(reference.square[i]!);
    if (gap === 0 || gap <= sums.rounding(i, size)) continue;
    const relative = gap / size;
    if (!(relative <= most)) most = Number.isNaN(relative) ? Number.POSITIVE_INFINITY : relative;
  }
  return most;
}

const kept = ({ value, square }: RowExpectation) => ({ value: value.slice(), square: square.slice() });

/** The coarsest level that serves along direction c, the others at 0. */
function axisLevel(sums: RowExpectation, d: number, c: number, width: number): number {
  const levels: number[] = new Array(d).fill(0);
  const at = (level: number) => {
    levels[c] = level;
    integrate(sums, { levels, width }, false);
  };
  // the truth is a trapezoid that halving the spacing does not change
  let settled = firstTrapezoid;
  at(settled);
  let truth = kept(sums);
  while (settled + 1 < ruleLevels) {
    at(++settled);
    const moved = difference(sums, truth);
    truth = kept(sums);
    if (moved < TOLERANCE) break;
  }
  for (let level = 0; level < settled; level++) {
    at(level);
    if (difference(sums, truth) < TOLERANCE) return level;
  }
  return settled;
}

/** The narrowest trapezoid that holds the integrand along every axis. */
function widthNeeded(sums: RowExpectation, d: number): number {
  const x = new Float64Array(d);
  const meanAt = (c: number, position: number): Float64Array => {
    x.fill(0);
    x[c] = position;
    sums.clear();
    sums.add(x, 1, false);
    return sums.value;
  };
  const centre = meanAt(0, 0).slice();
  const scale = centre.map(Math.abs);
  for (let c = 0; c < d; c++)
    for (const position of [-1, 1])
      meanAt(c, position).forEach((value, i) => {
        scale[i] = Math.max(scale[i]!, Math.abs(value));
      });
  const holds = (width: number): boolean => {
    const weight = Math.exp(-0.5 * width * width);
    for (let c = 0; c < d; c++)
      for (const position of [-width, width])
        if (meanAt(c, position).some((value, i) => Math.abs(value - centre[i]!) * weight > 1e-14 * scale[i]!))
          return false;
    return true;
  };
  return WIDTHS.find(holds) ?? WIDTHS[WIDTHS.length - 1]!;
}

/** A rule to begin with: one level finer in each direction than serves along its axis. */
function firstRule(sums: RowExpectation, d: number): ProductRule {
  const width = widthNeeded(sums, d);
  const levels = Array.from({ length: d }, (_, c) => Math.min(ruleLevels - 1, axisLevel(sums, d, c, width) + 1));
  return { levels, width };
}

/**
 * Computes the expectations, with their derivatives, in `sums`.
 *
 * @param trial another of the same kind, overwritten
 * @param d number of directions
 * @param begin a rule that served a neighbouring case; without one the axes are looked at
 * @returns the rule used, or null where no product of 120 000 nodes settles
 */
export function adaptiveProduct(
  sums: RowExpectation,
  trial: RowExpectation,
  d: number,
  begin: ProductRule | null,
): ProductRule | null {
  const { levels, width } = begin ?? firstRule(trial, d);
  const rule: ProductRule = { levels: levels.slice(), width };
  for (;;) {
    if (d > 1 && nodesOf(rule) > MOST_NODES) return null;
    integrate(sums, rule, true);
    const coarse = rule.levels.flatMap((level, c) => {
      integrate(trial, { levels: rule.levels.with(c, level - 1), width }, false);
      return difference(trial, sums) < TOLERANCE ? [] : [c];
    });
    if (coarse.length === 0) return rule;
    for (const c of coarse) if (++rule.levels[c]! >= ruleLevels) return null;
  }
}
