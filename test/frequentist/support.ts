/** Small seeded data sets for tests of fits. */
import { createRng } from "../../src/public/engines.ts";

export interface Clustered {
  readonly y: number[];
  readonly x: number[];
  readonly z: number[];
  readonly g: string[];
}

/** Rows of `groups` groups of `size`: x within, z between groups; `respond` draws y from the linear predictor. */
export function clustered(
  seed: string,
  groups: number,
  size: number,
  effects: { readonly beta: readonly [number, number, number]; readonly sd: number; readonly slopeSd?: number },
  respond: (eta: number, rng: ReturnType<typeof createRng>) => number,
): Clustered {
  const rng = createRng(seed);
  const data: Clustered = { y: [], x: [], z: [], g: [] };
  for (let j = 0; j < groups; j++) {
    const b0 = effects.sd * rng.normal();
    const b1 = (effects.slopeSd ?? 0) * rng.normal();
    const z = j % 2;
    for (let i = 0; i < size; i++) {
      const x = rng.normal();
      data.x.push(x);
      data.z.push(z);
      data.g.push(`g${j + 1}`);
      data.y.push(respond(effects.beta[0] + effects.beta[1] * x + effects.beta[2] * z + b0 + b1 * x, rng));
    }
  }
  return data;
}

export const bernoulli = (eta: number, rng: ReturnType<typeof createRng>): number =>
  rng.uniform() < 1 / (1 + Math.exp(-eta)) ? 1 : 0;
