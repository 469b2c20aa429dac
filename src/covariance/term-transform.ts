/** A posterior's coordinates z of the entries of a random term's covariance, and the reflections between equivalent points. */
import type { Chart } from "../charts/chart.ts";
import type { BoundStructure } from "./covariance-structure.ts";
import type { SdMap } from "./standard-deviation.ts";

/** `logJacobian` is that of z → (sds, correlations), the scale priors are stated on; a signed sd contributes 0. */
export interface TermTransform extends Chart {
  readonly structure: BoundStructure;
  readonly q: number;
  /** By free standard deviation, the first coordinates. */
  readonly sds: readonly SdMap[];
  /** Whether each of them has a sign. */
  readonly signed: readonly boolean[];
  /** The coordinates that change sign with that of the free standard deviation `a`, beside its own. */
  mirrored(a: number): readonly number[];
}

/**
 * Moves a term's coordinates (with a gradient there) at `offset` to the equivalent point with all signed sds s ≥ 0. `flipped[a]` is set to whether the sd
 * of effect a changed sign.
 */
export function foldCoordinates(
  { structure, q, signed, mirrored }: Pick<TermTransform, "structure" | "q" | "signed" | "mirrored">,
  z: Float64Array,
  gradient: Float64Array,
  offset: number,
  flipped: boolean[],
): void {
  const negate = (position: number): void => {
    z[position] = -z[position]!;
    gradient[position] = -gradient[position]!;
  };
  for (let a = 0; a < signed.length; a++) {
    flipped[a] = signed[a]! && z[offset + a]! < 0;
    if (!flipped[a]) continue;
    negate(offset + a);
    for (const other of mirrored(a)) negate(offset + other);
  }
  if (structure.homogeneous) for (let a = 1; a < q; a++) flipped[a] = flipped[0]!;
}
