/**
 * Where a compiled model finds the integral. Every engine loads `create.ts`, which gives it here; a page that only declares models has not loaded
 * it, and does without its weight.
 */
import { noEngine } from "../messages/no-engine.ts";
import type { createMarginalLikelihood as createOf } from "./create.ts";

let create: typeof createOf | undefined;

/** Gives the maker of integrals. */
export function integrateWith(maker: typeof createOf): void {
  create = maker;
}

/**
 * The marginal likelihood of standardised data; see `create.ts`.
 *
 * @throws Error when no engine has been loaded
 */
export const makeIntegral: typeof createOf = (...given) => {
  if (!create) throw new Error(noEngine());
  return create(...given);
};
