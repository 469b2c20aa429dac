/** Contrasts between the cells of a grid: which are taken with which weights, and how they are measured. */
import { type Combination, type DifferentiableScale, onIdentity, onLog } from "../estimates/estimator.ts";
import type { Grid, GridCell, GridValue } from "./grid.ts";

/**
 * Which levels of the contrasted column are compared, within each combination of the other columns:
 * `reference` each with the reference level, `sequential` each with the one before, `pairwise` each with every earlier one, `effects` each with the
 * average of all, `deletion-effects` each with the average of the others, `helmert` each with the average of those before it, `polynomial` trends over
 * equally spaced levels (linear, quadratic, …) in the whole numbers of tables of them.
 */
export type ContrastKind =
  | "none"
  | "reference"
  | "sequential"
  | "pairwise"
  | "polynomial"
  | "effects"
  | "deletion-effects"
  | "helmert";

export const contrastKinds: readonly ContrastKind[] = [
  "none",
  "reference",
  "sequential",
  "pairwise",
  "polynomial",
  "effects",
  "deletion-effects",
  "helmert",
];

/** Contrasts of one's own, by name: a coefficient for each level in its order, or coefficients by level (0 for those left out). */
export type ContrastMatrix = Readonly<Record<string, readonly number[] | Readonly<Record<string, number>>>>;

export type ContrastMeasure = "difference" | "ratio" | "odds ratio";

export const contrastMeasures: readonly ContrastMeasure[] = ["difference", "ratio", "odds ratio"];

/** How contrasts are measured: on a scale on which they are sums. */
export interface Measure {
  readonly name: ContrastMeasure;
  /** Scale of the interval and of the test. */
  readonly scale: DifferentiableScale;
  /** Value under no difference. */
  readonly none: number;
  /** The contrast with these coefficients: Σ c·v, or of ratios Π v^c. */
  of(coefficients: readonly number[]): Combination;
}

/** Π v^c of the values; of a pair their ratio. */
const product = (coefficients: readonly number[], values: readonly number[], except = -1) => {
  let above = 1;
  let below = 1;
  coefficients.forEach((c, k) => {
    if (k === except) return;
    if (c > 0) above *= values[k]! ** c;
    else below *= values[k]! ** -c;
  });
  return above / below;
};

const productGradient = (coefficients: readonly number[], values: readonly number[]) =>
  coefficients.map((c, k) => c * values[k]! ** (c - 1) * product(coefficients, values, k));

const odds = (p: number) => p / (1 - p);

export const measures: Readonly<Record<ContrastMeasure, Measure>> = {
  difference: {
    name: "difference",
    scale: onIdentity,
    none: 0,
    of: (coefficients) => ({
      value: (values) => coefficients.reduce((sum, c, k) => sum + c * values[k]!, 0),
      gradient: () => coefficients,
    }),
  },
  ratio: {
    name: "ratio",
    scale: onLog,
    none: 1,
    of: (coefficients) => ({
      value: (values) => product(coefficients, values),
      gradient: (values) => productGradient(coefficients, values),
    }),
  },
  "odds ratio": {
    name: "odds ratio",
    scale: onLog,
    none: 1,
    of: (coefficients) => ({
      value: (values) => product(coefficients, values.map(odds)),
      gradient: (values) =>
        productGradient(coefficients, values.map(odds)).map((slope, k) => slope / (1 - values[k]!) ** 2),
    }),
  },
};

/** exp of a difference on the scale of a link: of the log link a ratio of means, of the logit a ratio of odds. */
export const exponentiated = (name: ContrastMeasure): Measure => ({
  name,
  scale: onLog,
  none: 1,
  of: (coefficients) => {
    const { value } = measures.difference.of(coefficients);
    return {
      value: (values) => Math.exp(value(values)),
      gradient: (values) => coefficients.map((c) => c * Math.exp(value(values))),
    };
  },
});

/** One contrast of the levels of a column. */
export interface LevelContrast {
  readonly label: string;
  /** A coefficient a level. */
  readonly coefficients: readonly number[];
}

const averageOf = (count: number, counts: (k: number) => boolean, many: number) =>
  Array.from({ length: count }, (_, k) => (counts(k) ? -1 / many : 0));

/**
 * The contrasts of levels in their order.
 *
 * @param reference position of the reference level
 */
export function levelContrasts(kind: ContrastKind, levels: readonly GridValue[], reference = 0): LevelContrast[] {
  const count = levels.length;
  const against = (i: number, j: number): LevelContrast => ({
    label: contrastLabel(levels[i]!, levels[j]!),
    coefficients: levels.map((_, k) => (k === i ? 1 : k === j ? -1 : 0)),
  });
  const withAverage = (i: number, word: string, counts: (k: number) => boolean, many: number): LevelContrast => ({
    label: contrastLabel(levels[i]!, word),
    coefficients: averageOf(count, counts, many).map((c, k) => (k === i ? c + 1 : c)),
  });
  const each = levels.map((_, i) => i);
  switch (kind) {
    case "none":
      return [];
    case "reference":
      return each.filter((i) => i !== reference).map((i) => against(i, reference));
    case "sequential":
      return each.slice(1).map((i) => against(i, i - 1));
    case "pairwise":
      return each.flatMap((i) => each.slice(0, i).map((j) => against(i, j)));
    case "effects":
      return count < 2 ? [] : each.map((i) => withAverage(i, "average", () => true, count));
    case "deletion-effects":
      return count < 2 ? [] : each.map((i) => withAverage(i, "others", (k) => k !== i, count - 1));
    case "helmert":
      return each.slice(1).map((i) => withAverage(i, i === 1 ? String(levels[0]) : "earlier", (k) => k < i, i));
    case "polynomial":
      return polynomials(count).map((coefficients, d) => ({
        label: ["linear", "quadratic", "cubic", "quartic"][d] ?? `degree ${d + 1}`,
        coefficients,
      }));
  }
}

/** Degrees of polynomials at most. */
const HIGHEST_DEGREE = 6;

/**
 * Orthogonal polynomials over 1 … count in the smallest whole numbers, as tables of them have (Fisher & Yates 1938, table XXIII): the values of the
 * discrete Chebyshev polynomials Σ_j (−1)^(d+j) C(d, j) C(d + j, j) C(i, j) / C(count − 1, j), i = 0 …, times what makes them whole, over their common divisor.
 */
function polynomials(count: number): number[][] {
  const n = count - 1;
  const binomial = (top: number, bottom: number) => {
    let value = 1;
    for (let k = 1; k <= bottom; k++) value = (value * (top - bottom + k)) / k;
    return Math.round(value);
  };
  return Array.from({ length: Math.min(HIGHEST_DEGREE, n) }, (_, at) => {
    const degree = at + 1;
    // times (n)(n − 1) … (n − degree + 1), so that every term is whole
    const falling = (from: number, many: number) =>
      Array.from({ length: many }, (_, k) => from - k).reduce((a, b) => a * b, 1);
    const values = Array.from({ length: count }, (_, i) => {
      let sum = 0;
      for (let j = 0; j <= degree; j++)
        sum +=
          (-1) ** (degree + j) *
          binomial(degree, j) *
          binomial(degree + j, j) *
          falling(i, j) *
          falling(n - j, degree - j);
      return sum;
    });
    const divisor = values.reduce(greatestCommonDivisor, 0) || 1;
    return values.map((value) => value / divisor || 0);
  });
}

const greatestCommonDivisor = (a: number, b: number): number => {
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y > 0) [x, y] = [y, x % y];
  return x;
};

/** One contrast of the cells of a grid. */
export interface CellContrast {
  /** The cell's values; of the contrasted columns the contrast. */
  readonly label: GridCell;
  /** The values of the other columns, and what is contrasted: contrasts of one family have this in common. */
  readonly family: string;
  readonly cells: readonly number[];
  /** Of those cells; none is 0. */
  readonly coefficients: readonly number[];
  /** Whether the coefficients sum to 0. */
  readonly contrast: boolean;
}

/** The contrasts of one column. */
export interface ColumnContrasts {
  readonly column: string;
  readonly contrasts: readonly LevelContrast[];
}

/**
 * Contrasts of columns within each combination of the others; of several columns their products, which are differences of differences.
 *
 * @param of contrasts of the levels of each column in the order of the grid
 */
export function cellContrasts(grid: Grid, of: readonly ColumnContrasts[]): CellContrast[] {
  const contrasted = of.map(({ column }) => column);
  const others = grid.columns.filter((name) => !contrasted.includes(name));
  const levels = new Map(contrasted.map((name) => [name, levelsOf(grid, name)]));
  const strata = new Map<string, number[]>();
  grid.cells.forEach((cell, c) => {
    const key = JSON.stringify(others.map((name) => cell[name]));
    const stratum = strata.get(key);
    if (stratum) stratum.push(c);
    else strata.set(key, [c]);
  });
  const products = of.reduce<readonly (readonly LevelContrast[])[]>(
    (lines, { contrasts }) => lines.flatMap((line) => contrasts.map((one) => [...line, one])),
    [[]],
  );
  return [...strata.values()].flatMap((cells) =>
    products.map((line): CellContrast => {
      const entries = cells.flatMap((c) => {
        const cell = grid.cells[c]!;
        const coefficient = line.reduce(
          (value, { coefficients }, k) =>
            value * coefficients[levels.get(contrasted[k]!)!.indexOf(cell[contrasted[k]!]!)]!,
          1,
        );
        return coefficient === 0 ? [] : [{ c, coefficient }];
      });
      // the later level first, as it is in the label
      if (entries.length === 2 && entries[0]!.coefficient < 0) entries.reverse();
      const first = grid.cells[cells[0]!]!;
      const label = Object.fromEntries(
        Object.entries(first).map(([name, value]) => {
          const k = contrasted.indexOf(name);
          return [name, k < 0 ? value : line[k]!.label];
        }),
      );
      return {
        label,
        family: JSON.stringify([contrasted, others.map((name) => label[name])]),
        cells: entries.map(({ c }) => c),
        coefficients: entries.map(({ coefficient }) => coefficient),
        contrast: Math.abs(entries.reduce((sum, { coefficient }) => sum + coefficient, 0)) < 1e-9,
      };
    }),
  );
}

/** The values of a column of a grid, in its order. */
export const levelsOf = (grid: Grid, column: string): readonly GridValue[] => [
  ...new Set(grid.cells.map((cell) => cell[column]!)),
];

/** `2 vs 1`. */
const contrastLabel = (level: GridValue, reference: GridValue) => `${level} vs ${reference}`;
