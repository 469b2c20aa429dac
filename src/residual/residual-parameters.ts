/**
 * The estimated parameters ψ of a residual structure: names, ranges, starting values, and what tables report of them. The order is that
 * of ψ: variance functions first, then the correlation.
 */

import { distance } from "../covariance/distance-entries.ts";
import type { FamilyParameter } from "../families/family.ts";
import { coefficientsOfPartials, partialsOfCoefficients } from "./arma.ts";
import { addVineGradient, vineFactor, vineOfCorrelations } from "./occasion-entries.ts";
import type { CorrelationPart, LogLinearPart, ResidualData, VariancePart } from "./residual-data.ts";

export interface ResidualParameter {
  /** As priors name it: `corAR1.Phi`, `corSymm.pcor(1,2)`. */
  readonly name: string;
  readonly support: FamilyParameter["support"];
  readonly start: number;
  /** Other values worth starting a search at: a range can be far off. */
  readonly alternatives: readonly number[];
  /** Whether to search from each alternative: the likelihood has kinks and several maxima, as where a range meets the distances of a grid. */
  readonly kinked: boolean;
  /** A change of it that matters, on its working scale: what the steps of differences are taken from. */
  readonly unit: number;
}

/** A quantity of tables, a function of ψ. */
export interface ReportedResidual {
  readonly term: string;
  readonly scale: "identity" | "log" | "fisher-z";
  value(psi: Float64Array): number;
  /** Adds ∂value/∂ψ to `out`. */
  gradient(psi: Float64Array, out: Float64Array): void;
}

export interface ResidualParameters {
  readonly parameters: readonly ResidualParameter[];
  readonly reported: readonly ReportedResidual[];
}

const CORRELATION_RANGE = Object.freeze({ lower: -1, upper: 1 });

/** Half the width of a covariate, 1 where it has none. */
function spread(covariate: Float64Array): number {
  let [low, high] = [Infinity, -Infinity];
  for (const value of covariate) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high > low ? 0.5 * (high - low) : 1;
}

/** Coefficients of columns of mean square 1, each of which halves the criterion's root curvature of a mean. */
const logLinearParameters = ({ names, start }: LogLinearPart): ResidualParameter[] =>
  names.map((name, j) => ({ name, support: "real", start: start[j]!, alternatives: [], kinked: false, unit: 0.5 }));

function varianceParameters({ kind, parameters, covariate }: VariancePart): ResidualParameter[] {
  return parameters
    .filter(({ held }) => held === null)
    .map(({ name, slot }) => {
      const positive = kind === "varIdent" || ((kind === "varConstPower" || kind === "varConstProp") && slot === 0);
      const prop = kind === "varConstProp" && slot === 1;
      return {
        name,
        support: positive || prop ? "positive" : "real",
        start: kind === "varIdent" ? 1 : positive || prop ? 0.5 : kind === "varConstPower" ? 0.5 : 0,
        alternatives: [],
        kinked: false,
        unit: kind === "varExp" ? 1 / spread(covariate!) : 1,
      };
    });
}

/** The smallest, a middling and the largest distance within groups, from at most a few thousand pairs. */
export function typicalDistances({ start, place, dimensions, metric }: CorrelationPart): [number, number, number] {
  const found: number[] = [];
  for (let g = 0; g + 1 < start.length && found.length < 4000; g++) {
    const m = start[g + 1]! - start[g]!;
    const stride = Math.max(1, Math.floor(m / 60));
    for (let i = 0; i < m; i += stride)
      for (let j = 0; j < i; j += stride) {
        const d = distance(place, dimensions, start[g]! + i, start[g]! + j, metric);
        if (d > 0) found.push(d);
      }
  }
  found.sort((a, b) => a - b);
  if (found.length === 0) return [1, 1, 1];
  return [found[0]!, found[found.length >> 1]!, found.at(-1)!];
}

/** The parameters as the structure takes them from nlme's: partial (auto)correlations for ARMA and corSymm. null where out of range. */
export function internalValues(part: CorrelationPart): Float64Array | null {
  const { kind, value, p, q, occasions } = part;
  if (kind === "corSymm") return vineOfCorrelations(occasions.length, value);
  if (kind === "corARMA") {
    const ar = partialsOfCoefficients(value.slice(0, p), 1);
    const ma = partialsOfCoefficients(value.slice(p, p + q), -1);
    return ar && ma && Float64Array.from([...ar, ...ma]);
  }
  const inside =
    kind === "corCompSymm" || kind === "corAR1"
      ? Math.abs(value[0]!) < 1
      : kind === "corCAR1"
        ? value[0]! > 0 && value[0]! < 1
        : value[0]! > 0 && (value.length < 2 || (value[1]! >= 0 && value[1]! < 1));
  return inside ? Float64Array.from(value) : null;
}

/** How many parameters a correlation structure has in nlme's counting. */
export function correlationCount({ kind, p, q, nugget, occasions }: CorrelationPart): number {
  if (kind === "corSymm") return (occasions.length * (occasions.length - 1)) / 2;
  if (kind === "corARMA") return p + q;
  return nugget ? 2 : 1;
}

/** The smallest and the mean time between neighbours of a group. */
function lags({ start, place }: CorrelationPart): [number, number] {
  let smallest = Infinity;
  let sum = 0;
  let count = 0;
  for (let g = 0; g + 1 < start.length; g++)
    for (let k = start[g]! + 1; k < start[g + 1]!; k++, count++) {
      smallest = Math.min(smallest, place[k]! - place[k - 1]!);
      sum += place[k]! - place[k - 1]!;
    }
  return count > 0 ? [smallest, sum / count] : [1, 1];
}

/**
 * Starts at which neighbours are correlated by a half or a tenth. A power φ^lag of a lag above 1 does not move with φ at 0, and where times are far
 * apart (seconds, for measurements a day apart) it is 0 almost up to φ = 1.
 */
function awayFromZero(part: CorrelationPart, continuous = false): number[] {
  const [near, usual] = lags(part);
  if (near === 1 && !continuous) return [];
  const found = [0.5 ** (1 / near), 0.1 ** (1 / near), 0.5 ** (1 / usual)];
  return continuous || near % 2 === 0 ? found : [...found, ...found.map((phi) => -phi)];
}

function correlationParameters(part: CorrelationPart): ResidualParameter[] {
  const { kind, p, q, nugget, occasions, start } = part;
  const given = part.value.length > 0 ? internalValues(part) : null;
  const make = (name: string, support: FamilyParameter["support"], value: number, k: number) => ({
    name: `${kind}.${name}`,
    support,
    start: given?.[k] ?? value,
    alternatives: [] as number[],
    kinked: false,
    unit: 1,
  });
  switch (kind) {
    case "corCompSymm": {
      let largest = 2;
      for (let g = 0; g + 1 < start.length; g++) largest = Math.max(largest, start[g + 1]! - start[g]!);
      return [make("Rho", { lower: -1 / (largest - 1), upper: 1 }, 0, 0)];
    }
    case "corAR1": {
      const [first = 0, ...alternatives] = awayFromZero(part);
      return [{ ...make("Phi", CORRELATION_RANGE, first, 0), alternatives: given ? [] : alternatives }];
    }
    case "corCAR1": {
      const [first = 0.2, ...alternatives] = awayFromZero(part, true);
      return [{ ...make("Phi", "unit", first, 0), alternatives: given ? [] : alternatives }];
    }
    case "corARMA": {
      const [first = 0, ...alternatives] = awayFromZero(part);
      return [
        ...Array.from({ length: p }, (_, k) => ({
          ...make(p === 1 ? "Phi1" : `pacf${k + 1}`, CORRELATION_RANGE, k === 0 ? first : 0, k),
          alternatives: given || k > 0 ? [] : alternatives,
        })),
        ...Array.from({ length: q }, (_, k) =>
          make(q === 1 ? "Theta1" : `ma.pacf${k + 1}`, CORRELATION_RANGE, 0, p + k),
        ),
      ];
    }
    case "corSymm": {
      const names: ResidualParameter[] = [];
      for (let i = 1, k = 0; i < occasions.length; i++)
        for (let j = 0; j < i; j++, k++)
          names.push(make(`pcor(${occasions[j]},${occasions[i]})`, CORRELATION_RANGE, 0, k));
      return names;
    }
    default: {
      const [near, middle, far] = typicalDistances(part);
      // below its range a correlation of bounded reach is 0 between all rows, and its gradient too
      const reach = kind === "corLin" || kind === "corSpher";
      const range = make("range", "positive", reach ? 1.6 * near : 0.9 * near, 0);
      const alternatives = given
        ? []
        : reach
          ? [2.6 * near, 3.6 * near, 0.5 * middle, middle, 2 * middle, far].filter((r) => r < 3 * far)
          : [0.3 * middle, middle];
      return [{ ...range, alternatives, kinked: reach }, ...(nugget ? [make("nugget", "unit", 0.1, 1)] : [])];
    }
  }
}

const identityReport = (name: string, support: FamilyParameter["support"], k: number): ReportedResidual => ({
  term: name,
  scale: support === "positive" ? "log" : typeof support === "object" && support.lower >= -1 ? "fisher-z" : "identity",
  value: (psi) => psi[k]!,
  gradient(_, out) {
    out[k]! += 1;
  },
});

function armaReports(kind: string, letter: string, order: number, from: number, sign: 1 | -1): ReportedResidual[] {
  const coefficients = new Float64Array(order);
  const jacobian = new Float64Array(order * order);
  return Array.from({ length: order }, (_, j) => ({
    term: `${kind}.${letter}${j + 1}`,
    scale: order === 1 ? ("fisher-z" as const) : ("identity" as const),
    value(psi) {
      coefficientsOfPartials(psi, from, order, sign, coefficients);
      return coefficients[j]!;
    },
    gradient(psi, out) {
      coefficientsOfPartials(psi, from, order, sign, coefficients, jacobian);
      for (let k = 0; k < order; k++) out[from + k]! += jacobian[j * order + k]!;
    },
  }));
}

function occasionReports({ kind, occasions }: CorrelationPart, from: number): ReportedResidual[] {
  const m = occasions.length;
  const L = new Float64Array(m * m);
  const reports: ReportedResidual[] = [];
  for (let j = 0; j < m; j++)
    for (let i = j + 1; i < m; i++)
      reports.push({
        term: `${kind}.cor(${occasions[j]},${occasions[i]})`,
        scale: "fisher-z",
        value(psi) {
          vineFactor(m, psi, from, L);
          let sum = 0;
          for (let k = 0; k <= j; k++) sum += L[i * m + k]! * L[j * m + k]!;
          return sum;
        },
        gradient(psi, out) {
          vineFactor(m, psi, from, L);
          addVineGradient(m, psi, from, L, i, j, 1, out, from);
        },
      });
  return reports;
}

/** Names, ranges, starts and reports of ψ. */
export function residualParameters(data: ResidualData): ResidualParameters {
  const { variance, correlation, logLinear } = data;
  const functions = [...(logLinear ? logLinearParameters(logLinear) : []), ...variance.flatMap(varianceParameters)];
  const correlations = correlation && !correlation.fixed ? correlationParameters(correlation) : [];
  const from = functions.length;
  const reported = functions.map(({ name, support }, k) => identityReport(name, support, k));
  if (correlation && correlations.length > 0) {
    const { kind, p, q } = correlation;
    if (kind === "corARMA")
      reported.push(...armaReports(kind, "Phi", p, from, 1), ...armaReports(kind, "Theta", q, from + p, -1));
    else if (kind === "corSymm") reported.push(...occasionReports(correlation, from));
    else reported.push(...correlations.map(({ name, support }, k) => identityReport(name, support, from + k)));
  }
  return { parameters: [...functions, ...correlations], reported };
}
