/** A small linear congruential stream of uniforms for test matrices (Numerical Recipes constants). */
export function randomStream(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}
