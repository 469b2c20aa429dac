/** Gram-Schmidt with reorthogonalisation. */

/** An orthonormal basis of the span of directions; those that earlier ones make are left out. */
export function orthonormalBasis(directions: readonly Float64Array[]): Float64Array[] {
  const basis: Float64Array[] = [];
  for (const direction of directions) {
    const length = Math.hypot(...direction);
    const left = direction.map((value) => value / length);
    for (let pass = 0; pass < 2; pass++)
      for (const q of basis) {
        const along = q.reduce((s, v, i) => s + v * left[i]!, 0);
        for (let i = 0; i < left.length; i++) left[i]! -= along * q[i]!;
      }
    const rest = Math.hypot(...left);
    if (rest > 1e-8) basis.push(left.map((value) => value / rest));
  }
  return basis;
}
