/** `marginalia/families`: the response distributions, and a user's own. */
export type { Operand, Operations, Tensor } from "../autodiff/operations.ts";
export { Beta } from "../families/beta.ts";
export { type BinomialLink, binomial } from "../families/binomial.ts";
export { cumulative, type OrdinalFamily, thresholdNames } from "../families/cumulative.ts";
export type { CumulativeLinkName } from "../families/cumulative-link.ts";
export { defineFamily, type FamilyDefinition } from "../families/define-family.ts";
export type { Family, FamilyParameter, LinkName, RowNumbers, RowTensors } from "../families/family.ts";
export { Gamma, type GammaLink } from "../families/gamma.ts";
export { gaussian } from "../families/gaussian.ts";
export { nbinom1, nbinom2 } from "../families/negative-binomial.ts";
export { type PoissonLink, poisson } from "../families/poisson.ts";
export { familyByName, familyNames, registerFamily } from "../families/registry.ts";
