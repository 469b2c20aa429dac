/** The families. */
export { Beta } from "./beta.ts";
export { type BinomialLink, binomial } from "./binomial.ts";
export { cumulative, type OrdinalFamily, thresholdNames } from "./cumulative.ts";
export type { CumulativeLinkName } from "./cumulative-link.ts";
export { defineFamily, type FamilyDefinition } from "./define-family.ts";
export type { Family, FamilyParameter, LinkName, RowNumbers, RowTensors } from "./family.ts";
export { Gamma, type GammaLink } from "./gamma.ts";
export { gaussian } from "./gaussian.ts";
export { nbinom1, nbinom2 } from "./negative-binomial.ts";
export { type PoissonLink, poisson } from "./poisson.ts";
export { familyByName, familyNames, registerFamily } from "./registry.ts";
