/**
 * Which parameters of a family only scale its variance. A GEE estimates that scale by moments, so such a parameter needs no value;
 * any other (the θ of a negative binomial) must be given.
 */

import type { Family } from "../../families/family.ts";
import * as messages from "../../messages/gee.ts";
import { DeclarationError } from "../../messages/issue.ts";
import type { IssueCode } from "../../messages/issue-code.ts";
import { meanKernel } from "../../prediction/response-mean.ts";

export interface WorkingParameters {
  /** The family's parameters at which the variance is taken. */
  readonly phi: Float64Array;
  /** The family's parameters when the variance is `scale` times that. */
  natural(scale: number): Float64Array;
  /** True where the scale is a parameter of the family (Gaussian, gamma), not overdispersion beside it. */
  readonly scaled: boolean;
}

const POINTS = Float64Array.of(0.3, 1, 2.2);

/** The power k with Var[Y | η, φ] = φ_g^k Var[Y | η, 1] for every η and the mean free of φ_g; null where there is none. */
function powerOf(family: Family, g: number): number | null {
  const kernel = meanKernel(family);
  const n = POINTS.length;
  const at = (value: number) => {
    const phi = Float64Array.from(family.parameters, (_, k) => (k === g ? value : 1));
    const variance = new Float64Array(n);
    const mean = new Float64Array(n);
    const eta = family.predictors.map(() => POINTS);
    kernel.variance(eta, phi, n, variance);
    kernel.evaluate(eta, phi, n, { value: mean });
    return { variance, mean };
  };
  const [one, two, four] = [at(1), at(2), at(4)];
  const power = Math.log2(two.variance[0]! / one.variance[0]!);
  const near = (a: number, b: number) => Math.abs(a - b) <= 1e-10 * Math.abs(b);
  for (let i = 0; i < n; i++) {
    if (
      !near(two.variance[i]!, one.variance[i]! * 2 ** power) ||
      !near(four.variance[i]!, one.variance[i]! * 4 ** power)
    )
      return null;
    if (!near(two.mean[i]!, one.mean[i]!)) return null;
  }
  return power === 0 ? null : power;
}

/**
 * The parameters of a family at which a GEE takes the variance: those given, and 1 for one that only scales it.
 *
 * @throws DeclarationError naming parameters that are missing, not the family's, or outside their range
 */
export function workingParameters(family: Family, given: Readonly<Record<string, number>>): WorkingParameters {
  const names = family.parameters.map(({ name }) => name);
  const powers = family.parameters.map((_, g) => powerOf(family, g));
  // only one scale can be told from the data
  const scale = powers.findIndex((power, g) => power !== null && !Object.hasOwn(given, names[g]!));
  const fault = (code: IssueCode, message: string) => ({ code, path: ["method", "parameters"], message });
  const issues = [
    ...Object.keys(given)
      .filter((name) => !names.includes(name))
      .map((name) => fault("unknown-parameter", messages.unknownParameter(name, family.name, names))),
    ...family.parameters.flatMap(({ name, support }, g) => {
      if (g === scale) return [];
      const value = given[name];
      if (value === undefined) return [fault("missing-parameter", messages.missingParameter(name, family.name))];
      const sound =
        Number.isFinite(value) && (support === "real" || (value > 0 && (support === "positive" || value < 1)));
      return sound ? [] : [fault("bad-parameter", messages.badParameter(name, family.name, value))];
    }),
  ];
  if (issues.length > 0) throw new DeclarationError(issues);
  const phi = Float64Array.from(names, (name) => given[name] ?? 1);
  return {
    phi,
    natural: (value) => phi.map((at, g) => (g === scale ? value ** (1 / powers[g]!) : at)),
    scaled: scale >= 0,
  };
}
