/** Evaluates one row of a family's kernel at a point: value and every derivative, by name. */
import { compileKernel } from "../../src/autodiff/compile-kernel.ts";
import type { Family } from "../../src/families/family.ts";
import { familyByName } from "../../src/families/registry.ts";
import type { ObservationKernel } from "../../src/model/observation-kernel.ts";

export interface Point {
  readonly value: number;
  readonly d1: number;
  readonly d2: number;
  readonly d3: number;
  readonly dPhi?: number;
  readonly d2Phi?: number;
  readonly d3Phi?: number;
}

const kernels = new Map<string, ObservationKernel>();

export function kernelFor(family: string, link: string): ObservationKernel {
  const key = `${family} ${link}`;
  let kernel = kernels.get(key);
  if (kernel === undefined) kernels.set(key, (kernel = compileKernel(familyByName(family, link))));
  return kernel;
}

export function evaluateRow(
  kernel: ObservationKernel,
  columns: Readonly<Record<string, number>>,
  eta: number,
  phi: number | null,
): Point {
  const bound = kernel.bind(
    Object.fromEntries(Object.entries(columns).map(([name, x]) => [name, Float64Array.of(x)])),
    1,
    null,
  );
  bound.eta[0]![0] = eta;
  bound.setParameters(phi === null ? new Float64Array(0) : Float64Array.of(phi));
  const value = bound.adjoint(0, 1);
  const point = { value, d1: bound.d1[0]![0]!, d2: bound.d2[0]![0]!, d3: bound.d3[0]![0]! };
  if (phi === null) return point;
  return { ...point, dPhi: bound.dPhi[0]!, d2Phi: bound.d2Phi[0]![0]![0]!, d3Phi: bound.d3Phi[0]![0]![0]! };
}

/** Families under test with a parameter value each. */
export const FAMILIES: readonly { readonly name: string; readonly link: string; readonly phi: number | null }[] = [
  { name: "gaussian", link: "identity", phi: 1.7 },
  { name: "binomial", link: "logit", phi: null },
  { name: "binomial", link: "probit", phi: null },
  { name: "binomial", link: "cloglog", phi: null },
  { name: "binomial", link: "cauchit", phi: null },
  { name: "poisson", link: "log", phi: null },
  { name: "poisson", link: "sqrt", phi: null },
  { name: "poisson", link: "identity", phi: null },
  { name: "nbinom2", link: "log", phi: 1.8 },
  { name: "nbinom1", link: "log", phi: 0.6 },
  { name: "Gamma", link: "log", phi: 2.3 },
  { name: "Gamma", link: "inverse", phi: 2.3 },
];

/** Responses that a family allows, with other columns. */
export function rowsOf(family: Family): Record<string, number>[] {
  switch (family.name) {
    case "binomial":
      return [
        { y: 0, trials: 1 },
        { y: 1, trials: 1 },
        { y: 3, trials: 7 },
        { y: 7, trials: 7 },
      ];
    case "gaussian":
      return [
        { y: -1.3, weights: 1 },
        { y: 2.4, weights: 2.5 },
      ];
    case "Gamma":
      return [
        { y: 0.4, weights: 1 },
        { y: 3.1, weights: 1.7 },
      ];
    default:
      return [{ y: 0 }, { y: 1 }, { y: 6 }, { y: 70 }];
  }
}
