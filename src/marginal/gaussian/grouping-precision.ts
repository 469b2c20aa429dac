/** The precision of the random effects of merged terms before any data. */
import { type PriorPrecision, priorPrecision } from "../prior-precision.ts";
import type { Grouping } from "./grouping.ts";

/** The precision of u before any data: the identity, and A⁻¹ ⊗ I for factors with a known covariance. */
export const groupingPrecision = ({ factors }: Pick<Grouping, "factors">): PriorPrecision =>
  priorPrecision(
    factors.flatMap(({ known, levels, q, base }) =>
      known ? [{ precision: known, q, start: Int32Array.from({ length: levels }, (_, l) => base + l * q) }] : [],
    ),
  );
