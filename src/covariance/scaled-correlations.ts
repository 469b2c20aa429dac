/**
 * Structures by standard deviations and correlations: Λ = diag(s)C, C the factor of a correlation matrix. Entries: the standard deviations, one each or one in
 * common, none where they are given; then those of C. A standard deviation of each effect enters by its size, since a change of its sign alone may leave the structure.
 */
import type { Correlations } from "./correlations.ts";
import type {
  BoundaryMoves,
  BoundStructure,
  CovarianceStructure,
  ParameterLabel,
  Places,
} from "./covariance-structure.ts";
import { type SdCoordinate, sdMap } from "./standard-deviation.ts";
import type { TermTransform } from "./term-transform.ts";

/** What a structure is beside its standard deviations and correlations. */
export type StructureWords = Pick<CovarianceStructure, "meaning" | "statement" | "ofLevels" | "places"> & {
  /** Whether effects have standard deviations of their own, or one in common. */
  readonly sds: "each" | "common";
  /** As `BoundStructure`; default everywhere. @param q the number of effects */
  readonly absorbsResidual?: (q: number) => boolean;
  /** As `BoundStructure`; default none. */
  readonly linear?: (q: number) => BoundStructure["linear"];
};

/** The structure of a family of correlation matrices. @param diagonal whether that is the identity alone */
export function scaledCorrelations(
  family: (q: number, places?: Places) => Correlations,
  { sds, absorbsResidual = () => true, linear = () => [], ...words }: StructureWords,
  diagonal = false,
): CovarianceStructure {
  const summarised = words.places !== undefined;
  return {
    ...words,
    diagonal,
    bind: (name, { q, sd, places }) =>
      sd
        ? withGivenSds({ name, q, diagonal, absorbsResidual: absorbsResidual(q), summarised }, family(q, places), sd)
        : withFreeSds(
            { name, q, diagonal, absorbsResidual: absorbsResidual(q), summarised, linear: linear(q) },
            family(q, places),
            sds === "common",
          ),
  };
}

type Facts = Pick<BoundStructure, "name" | "q" | "diagonal" | "absorbsResidual" | "summarised">;

const correlationLabels = ({ size, labels }: Correlations): readonly ParameterLabel[] =>
  labels ?? Array.from({ length: size }, () => ({ kind: "cor", of: [], unit: null }));

/** z = [coordinates of the sds | those of the correlations]. */
function scaledTransform(
  structure: BoundStructure,
  correlations: Correlations,
  coordinates: readonly SdCoordinate[],
): TermTransform {
  const maps = coordinates.map(sdMap);
  const sds = maps.length;
  const size = sds + correlations.size;
  return {
    structure,
    q: structure.q,
    sds: maps,
    signed: maps.map(({ signed }) => signed),
    mirrored: () => [],
    size,
    naturalSize: size,
    toNatural(z, x) {
      for (let a = 0; a < sds; a++) x[a] = maps[a]!.value(z[a]!);
      correlations.toEntries(z, sds, x, sds);
    },
    toUnconstrained(x, z) {
      for (let a = 0; a < sds; a++) z[a] = maps[a]!.inverse(x[a]!);
      correlations.toCoordinates(x, sds, z, sds);
    },
    pullback(z, dx, dz) {
      for (let a = 0; a < sds; a++) dz[a]! += dx[a]! * maps[a]!.slope(z[a]!);
      correlations.pullbackCoordinates(z, sds, dx, sds, dz);
    },
    logJacobian(z, dz) {
      let sum = 0;
      for (let a = 0; a < sds; a++) {
        sum += maps[a]!.logSlope(z[a]!);
        if (dz) dz[a]! += maps[a]!.dLogSlope(z[a]!);
      }
      return correlations.prior ? sum + correlations.prior.logDensity(z, sds, 0, true, dz) : sum;
    },
  };
}

/** Squared lengths of the rows of L. */
function squares(L: Float64Array, q: number): Float64Array {
  const square = new Float64Array(q);
  for (let a = 0; a < q; a++) for (let b = 0; b <= a; b++) square[a]! += L[a * q + b]! ** 2;
  return square;
}

/** The root of the mean of squared lengths: the standard deviation where it is one. */
const pooled = (square: Float64Array): number =>
  Math.sqrt(square.reduce((sum, value) => sum + value, 0) / square.length);

/** Standard deviations, each or in common, and a family of correlation matrices; room for their factor. */
interface Scaled {
  readonly facts: Facts & Pick<BoundStructure, "linear">;
  readonly correlations: Correlations;
  readonly homogeneous: boolean;
  readonly sds: number;
  readonly size: number;
  readonly C: Float64Array;
  readonly scaled: Float64Array;
}

const sd = (s: Scaled, x: Float64Array, at: number, a: number): number =>
  s.homogeneous ? x[at]! : Math.abs(x[at + a]!);

/** Ways off a variance of 0, or off the boundary of the correlations. */
function moves(s: Scaled, x: Float64Array, at: number): BoundaryMoves {
  const { correlations, sds, size } = s;
  const entries = x.slice(at, at + size);
  const all: ((epsilon: number) => Float64Array)[] = [];
  const zero = Array.from({ length: sds }, (_, a) => a).filter((a) => entries[a] === 0);
  for (const a of zero)
    all.push((epsilon) => {
      const copy = entries.slice();
      copy[a] = epsilon;
      return copy;
    });
  // with no variance at all the correlations are free to be anything
  if (zero.length === sds)
    for (const corner of correlations.corners)
      all.push((epsilon) => {
        const copy = entries.slice().fill(epsilon, 0, sds);
        copy.set(corner, sds);
        return copy;
      });
  else {
    const { count, move } = correlations.boundary.moves(x, at + sds);
    for (let i = 0; i < count; i++)
      all.push((epsilon) => {
        const copy = entries.slice();
        copy.set(
          move(
            Array.from({ length: count }, (_, k) => (k === i ? 1 : 0)),
            epsilon,
          ),
          sds,
        );
        return copy;
      });
  }
  return {
    count: all.length,
    quadratic: false,
    move: (weights, epsilon) => all[weights.indexOf(Math.max(...weights))]!(epsilon),
  };
}

function fill(s: Scaled, x: Float64Array, at: number, factor: Float64Array): void {
  const { facts, correlations, sds, C } = s;
  const { q } = facts;
  correlations.fill(x, at + sds, C);
  for (let a = 0; a < q; a++) {
    const own = sd(s, x, at, a);
    for (let b = 0; b < q; b++) factor[a * q + b] = b <= a ? own * C[a * q + b]! : 0;
  }
}

function pullback(s: Scaled, x: Float64Array, at: number, dFactor: Float64Array, gradient: Float64Array): void {
  const { facts, correlations, homogeneous, sds, C, scaled } = s;
  const { q } = facts;
  correlations.fill(x, at + sds, C);
  for (let a = 0; a < q; a++) {
    const own = sd(s, x, at, a);
    let d = 0;
    for (let b = 0; b <= a; b++) {
      d += dFactor[a * q + b]! * C[a * q + b]!;
      scaled[a * q + b] = own * dFactor[a * q + b]!;
    }
    if (homogeneous) gradient[at]! += d;
    else gradient[at + a]! += Math.sign(x[at + a]!) * d;
  }
  correlations.pullback(x, at + sds, scaled, gradient);
}

function snapped(s: Scaled, x: Float64Array, at: number, near: number): Float64Array | null {
  const { correlations, sds, size } = s;
  const entries = x.slice(at, at + size);
  let nearest = -1;
  for (let a = 0; a < sds; a++) {
    const value = entries[a]!;
    if (value > 0 && value < near && (nearest < 0 || value < entries[nearest]!)) nearest = a;
  }
  const away = correlations.distance(x, at + sds);
  if (away > 0 && away < near && (nearest < 0 || away < entries[nearest]!)) {
    const moved = correlations.boundary.snapped(x, at + sds, near);
    if (moved) {
      entries.set(moved, sds);
      return entries;
    }
  }
  if (nearest < 0) return null;
  entries[nearest] = 0;
  return entries;
}

function entries(s: Scaled, x: Float64Array, at: number): number[] {
  const { facts, correlations, homogeneous, sds } = s;
  const { q } = facts;
  const positions = Array.from({ length: sds }, (_, a) => at + a).filter((position) => x[position] === 0);
  // fewer than two effects that vary have no correlation
  const varying = homogeneous ? (positions.length > 0 ? 0 : q) : q - positions.length;
  if (varying >= 2) return [...positions, ...correlations.boundary.entries(x, at + sds)];
  return [...positions, ...Array.from({ length: correlations.size }, (_, k) => at + sds + k)];
}

function withFreeSds(
  facts: Facts & Pick<BoundStructure, "linear">,
  correlations: Correlations,
  homogeneous: boolean,
): BoundStructure {
  const { q } = facts;
  const sds = homogeneous ? 1 : q;
  const size = sds + correlations.size;
  const C = new Float64Array(q * q);
  const scaled = new Float64Array(q * q);
  const s: Scaled = { facts, correlations, homogeneous, sds, size, C, scaled };

  const structure: BoundStructure = {
    ...facts,
    size,
    labels: [
      ...Array.from({ length: sds }, (_, a): ParameterLabel => ({ kind: "sd", of: homogeneous ? [] : [a], unit: a })),
      ...correlationLabels(correlations),
    ],
    unstructured: false,
    ofFactor: false,
    given: null,
    sds,
    homogeneous,
    signedSds: homogeneous,
    fill: (x, at, factor) => fill(s, x, at, factor),
    pullback: (x, at, dFactor, gradient) => pullback(s, x, at, dFactor, gradient),
    // the mean variance where it is one
    fromFactor(factor, x, at) {
      const square = squares(factor, q);
      if (homogeneous) x[at] = pooled(square);
      else for (let a = 0; a < q; a++) x[at + a] = Math.sqrt(square[a]!);
      const scale = homogeneous ? () => x[at]! ** 2 : (a: number, b: number) => Math.sqrt(square[a]! * square[b]!);
      correlations.fromFactor(factor, scale, x, at + sds);
    },
    fold(x, at) {
      for (let a = at; a < at + sds; a++) x[a] = Math.abs(x[a]!);
    },
    canonicalise(x, at, zero) {
      for (let a = at; a < at + sds; a++) {
        const value = Math.abs(x[a]!);
        x[a] = value <= zero ? 0 : value;
      }
      correlations.canonicalise(x, at + sds, zero);
    },
    inverseCurvature(x, at, levels, H, stride) {
      for (let position = at; position < at + sds; position++)
        H[position * (stride + 1)] = x[position]! ** 2 / (2 * levels * (homogeneous ? q : 1));
      correlations.inverseCurvature(x, at + sds, levels, H, stride);
    },
    boundary: {
      entries: (x, at) => entries(s, x, at),
      snapped: (x, at, near) => snapped(s, x, at, near),
      moves: (x, at) => moves(s, x, at),
    },
    transform: (coordinates) => scaledTransform(structure, correlations, coordinates),
    prior: correlations.prior,
  };
  return structure;
}

/** With standard deviations that are held. @param sd of each effect, above 0 */
export function withGivenSds(facts: Facts, correlations: Correlations, sd: readonly number[]): BoundStructure {
  const { q } = facts;
  const scaled = new Float64Array(q * q);
  const structure: BoundStructure = {
    ...facts,
    size: correlations.size,
    labels: correlationLabels(correlations),
    unstructured: false,
    ofFactor: false,
    given: sd,
    sds: 0,
    homogeneous: false,
    signedSds: false,
    linear: [],
    fill(x, at, factor) {
      correlations.fill(x, at, factor);
      for (let a = 0; a < q; a++) for (let b = 0; b <= a; b++) factor[a * q + b]! *= sd[a]!;
    },
    pullback(x, at, dFactor, gradient) {
      for (let a = 0; a < q; a++) for (let b = 0; b <= a; b++) scaled[a * q + b] = sd[a]! * dFactor[a * q + b]!;
      correlations.pullback(x, at, scaled, gradient);
    },
    fromFactor(factor, x, at) {
      const square = squares(factor, q);
      for (let a = 0; a < q; a++) {
        const length = Math.sqrt(square[a]!);
        for (let b = 0; b <= a; b++) scaled[a * q + b] = length > 0 ? factor[a * q + b]! / length : Number(a === b);
      }
      const unit = pooled(squares(scaled, q)) ** 2;
      correlations.fromFactor(scaled, () => unit, x, at);
    },
    fold: () => undefined,
    canonicalise: correlations.canonicalise,
    inverseCurvature: correlations.inverseCurvature,
    boundary: correlations.boundary,
    transform: (coordinates) => scaledTransform(structure, correlations, coordinates),
    prior: correlations.prior,
  };
  return structure;
}
