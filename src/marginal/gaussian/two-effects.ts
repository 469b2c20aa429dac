/** The loops of a block-diagonal system for two effects a level, in scalars. `blocks` are those of Z'WZ and `factors` those of H, 4 numbers a level. */

/** H = LL' of one level, two effects: the loops of `factorise` written out. */
export function factoriseTwo(
  blocks: Float64Array,
  lambda: Float64Array,
  factors: Float64Array,
  start: number,
): boolean {
  const l10 = lambda[2]!;
  const l11 = lambda[3]!;
  const product0 = blocks[start]! * lambda[0]! + blocks[start + 1]! * l10;
  const product1 = blocks[start + 2]! * lambda[0]! + blocks[start + 3]! * l10;
  const first = 1 + lambda[0]! * product0 + l10 * product1;
  const root = Math.sqrt(first);
  const below = (l11 * product1) / root;
  const second = 1 + l11 * blocks[start + 3]! * l11 - below * below;
  factors[start] = root;
  factors[start + 2] = below;
  factors[start + 3] = Math.sqrt(second);
  return first > 0 && first < Number.POSITIVE_INFINITY && second > 0 && second < Number.POSITIVE_INFINITY;
}

/** Σ over levels of 2AΛH⁻¹ for two effects, in scalars. */
export function addLogDetGradientTwo(
  blocks: Float64Array,
  lambda: Float64Array,
  factors: Float64Array,
  target: Float64Array,
): void {
  const l00 = lambda[0]!;
  const l10 = lambda[2]!;
  const l11 = lambda[3]!;
  let d00 = 0;
  let d10 = 0;
  let d11 = 0;
  for (let start = 0; start < factors.length; start += 4) {
    const root = factors[start]!;
    const below = factors[start + 2]!;
    const last = factors[start + 3]!;
    const scale = 1 / (root * last);
    const inverse00 = (below * below + last * last) * scale * scale;
    const inverse10 = -below * root * scale * scale;
    const inverse11 = 1 / (last * last);
    const product00 = blocks[start]! * l00 + blocks[start + 1]! * l10;
    const product10 = blocks[start + 2]! * l00 + blocks[start + 3]! * l10;
    const product11 = blocks[start + 3]! * l11;
    d00 += product00 * inverse00 + blocks[start + 1]! * l11 * inverse10;
    d10 += product10 * inverse00 + product11 * inverse10;
    d11 += product10 * inverse10 + product11 * inverse11;
  }
  target[0]! += 2 * d00;
  target[2]! += 2 * d10;
  target[3]! += 2 * d11;
}
