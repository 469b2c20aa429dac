/** Texts about families, their densities and their responses. */

import { type DeclarationError, type Issue, refusal } from "./issue.ts";
import type { IssueCode } from "./issue-code.ts";

/** What is wrong with a density while it is traced, as an error. */
export const densityFault = (message: string): DeclarationError => refusal("family-density", ["family"], message);

/** A density made a single-precision constant. */
export const SINGLE_PRECISION_CONSTANT =
  "A density made a constant in single precision, which would round it: use ops.constant(…), or pass the number to ops.add, ops.mul and the other ops.* functions, instead of tf.scalar(…) or a number in a tf operation.";

/** A density read the numbers of a tensor. */
export const READ_WHILE_TRACED =
  "A density cannot read the numbers of its tensors: it is traced once, for all rows. Branch on the data with `classOf`, or use smooth operations.";

/** A density used a tensor that was made outside of it. */
export const FOREIGN_TENSOR =
  "A density used a tensor that was made outside of it: make constants inside the density with ops.constant(…).";

export function unknownKernel(kernel: string): string {
  return `A density used the tfjs operation ${kernel}, which cannot be differentiated to third order here: use smooth elementwise operations (see ops.*), and branch on the data with \`classOf\`.`;
}

export function towerTooHigh(name: string, order: number): string {
  return `The derivative of order ${order} of ${name} is not available: ${name} serves densities, which are differentiated three times.`;
}

export function notScalar(shape: readonly number[]): string {
  return `A density returned a tensor of shape [${shape.join(", ")}]: it must stay elementwise, one number a row.`;
}

export function notTensor(what: string): string {
  return `${what} must return a tensor made with tf or ops operations.`;
}

export function missingColumn(name: string): string {
  return `The kernel needs the data column '${name}', which was not given to bind.`;
}

export function wrongColumnLength(name: string, length: number, rows: number): string {
  return `The data column '${name}' has ${length} values for ${rows} rows.`;
}

export const PARAMETERS_NOT_SET = "setParameters must be called before the row functions of a kernel.";

/** Up to three rows of a response at fault, then how many more. */
export function responseIssues(
  code: IssueCode,
  column: string,
  faults: readonly { readonly row: number; readonly value: number }[],
  rule: string,
): Issue[] {
  if (faults.length === 0) return [];
  const [first, ...others] = faults.slice(0, 3);
  const also = others.map((f) => `row ${f.row} is ${f.value}`).join(" and ");
  const more = faults.length > 3 ? `, and so on for ${faults.length - 3} more` : "";
  const tail = also === "" ? "" : ` (${also}${more})`;
  return [
    {
      code,
      path: ["column", column],
      message: `Row ${first!.row} of column '${column}' is ${first!.value}${tail}: ${rule}`,
    },
  ];
}

export function familyFault(family: string, part: string, reason: string): string {
  return `The ${part} of family '${family}' cannot be compiled: ${reason}`;
}

export function notSimulated(family: string): string {
  return `Family '${family}' cannot be simulated from: give defineFamily() a simulate(rng, row) that returns a response.`;
}

export function parameterNameTaken(family: string, parameter: string): string {
  return `Family '${family}' has two parameters called '${parameter}': give each its own name.`;
}

export function unknownSupport(family: string, parameter: string, support: string): string {
  return `Parameter '${parameter}' of family '${family}' has support '${support}': use 'positive', 'real' or 'unit'.`;
}

export function unknownColumn(family: string, column: string): string {
  return `Family '${family}' reads a column '${column}': a density can read 'y', 'trials' and 'weights'.`;
}

export const unreadTrials = (family: string): string =>
  `Family '${family}' has successes out of trials for its response, but its density reads no trials: give columns: ["y", "trials"].`;

export function unknownFamily(name: string, nearest: string | null, known: readonly string[]): string {
  const meant = nearest === null ? "" : `; did you mean '${nearest}'? U`;
  return `There is no family '${name}'${meant || ": u"}se one of ${known.map((k) => `'${k}'`).join(", ")}, or register your own with registerFamily.`;
}

export function unknownLink(family: string, link: string, known: readonly string[]): string {
  return `Family '${family}' has no link '${link}': use ${known.map((k) => `'${k}'`).join(" or ")}.`;
}

export function familyNameTaken(name: string): string {
  return `The family name '${name}' belongs to a built-in family: register yours under another name.`;
}

export const simulatedNoNumber = (family: string, value: string): string =>
  `The simulate() of family '${family}' must return a number for each row, and returned ${value}.`;

export function noVariance(family: string): string {
  return `Family '${family}' states no variance: give it a \`variance(ops, row)\`.`;
}

export function classesMissing(column: string): string {
  return `A kernel made from text needs the class of every row in the column '${column}': see columnsForText.`;
}

export const NOT_COMPILED_HERE = "Only a kernel made by compileKernel or kernelFromText has a text.";

/** A family and a declaration that do not have the same linear predictors. */
export const familyPredictors = (
  family: string,
  roles: readonly string[],
  declared: readonly string[],
  missing: readonly string[],
  unknown: readonly string[],
): string =>
  `The family "${family}" has the linear predictors ${roles.join(", ")}, the declaration ${declared.join(", ")}: ${
    missing.length > 0
      ? `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} not declared (give each a predictor of that role in the specification, or make it a global parameter of the family)`
      : unknown.length > 0
        ? `the family has no ${unknown.join(", ")}; leave ${unknown.length === 1 ? "it" : "them"} out`
        : "declare them in the family's order"
  }.`;

/** A predictor of a parameter that the family has not, or not to be predicted. @param known parameters that can have one */
export const noSuchParameter = (family: string, name: string, known: readonly string[], constant: boolean): string =>
  `${constant ? `The parameter "${name}" of the family "${family}" can have no linear predictor` : `The family "${family}" has no parameter "${name}"`}: ${
    known.length > 0
      ? `it has ${known.map((k) => `"${k}"`).join(", ")}, as .parameter("${known[0]}", "~ x")`
      : "it has none that could have a linear predictor; leave .parameter() out"
  }.`;

export const noDispersion = (family: string): string =>
  `The family "${family}" has no dispersion parameter that could have a predictor: leave .dispersion() (--dispersion) out, or use a family with one, as gaussian, nbinom1, nbinom2, Gamma or beta.`;

export const dispersionKnown = (what: string): string =>
  `The residual variance is given by ${what}, so that it can have no predictor: leave ${what} or .dispersion() (--dispersion) out.`;

export const parameterTwice = (name: string): string =>
  `The parameter "${name}" has two predictors, one by .dispersion() and one by .parameter("${name}", …): keep one of them.`;

export const parameterOfCurve = (family: string, name: string): string =>
  `The nonlinear mean has a parameter ${name}, and so has the family "${family}", which would get a predictor here: give that of the mean another name.`;
