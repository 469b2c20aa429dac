/** Texts of the faults of nonlinear means as they are declared and started. */

import { listed } from "./lists.ts";

export const noMean = (): string =>
  '.mean() needs the mean as a text, as "Asym / (1 + exp((xmid - age) / scal))", a function of (ops, parameters, columns), or a selfStart.';

export const noParameters = (): string =>
  '.mean(…, { parameters }) needs at least one parameter with its predictor, as { parameters: { Asym: "~ 1 + (1 | Tree)", xmid: "~ 1" } }.';

export const parameterNotUsed = (name: string, used: readonly string[]): string =>
  `The parameter ${name} is declared but does not occur in the mean, whose names are ${listed(used)}; remove it from { parameters } or use it.`;

export const badParameter = (name: string): string =>
  `The parameter ${name} needs a predictor as text, as "~ 1 + (1 | Tree)", or { fixed: "1", random: "Tree" }.`;

export const notAllowedInMean = (what: string): string =>
  `${what} cannot stand in a nonlinear mean; write arithmetic with + - * / ^ and the functions of formulas except poly(), scale() and factor().`;

export const selfStartArguments = (model: string, wanted: readonly string[], found: number): string =>
  `${model}() takes ${wanted.length} arguments, (${listed(wanted)}), and got ${found}; write, for example, ${model}(${listed(wanted)}) with your column for input.`;

export const constantInput = (text: string): string =>
  `The input of the self-starting model, ${text}, reads no column of the table; write the column the curve runs over, as SSlogis(age, Asym, xmid, scal).`;

export const selfStartArgumentName = (model: string, name: string, wanted: readonly string[]): string =>
  `${model}() has no argument ${name}; its arguments are (${listed(wanted)}).`;

export const selfStartParameterName = (model: string, parameter: string, found: string): string =>
  `The argument ${parameter} of ${model}() must name a parameter, not be ${found}; write its name, and its predictor in { parameters }.`;

export const selfStartParameter = (model: string, name: string): string =>
  `${name} is a parameter of ${model}() but not one of { parameters }; give it a predictor, as { parameters: { ${name}: "~ 1" } } or --mean-parameter "${name} ~ 1".`;

export const badRandomAcross = (text: string): string =>
  `"${text}" is no random term across parameters; write it as nlme does, "Asym + xmid ~ 1 | Tree".`;

export const unknownParameter = (where: string, name: string, known: readonly string[]): string =>
  `${where} names ${name}, which is not a parameter of the mean; the parameters are ${listed(known)}.`;

export const badStart = (name: string): string =>
  `The start of ${name} must be a number, or a list of as many numbers as ${name} has coefficients.`;

export const startLength = (name: string, found: number, names: readonly string[]): string =>
  `The start of ${name} has ${found} numbers, but ${name} has ${names.length} coefficients: ${listed(names)}.`;

export const missingStart = (names: readonly string[]): string =>
  `A nonlinear mean needs starting values: give start: { ${names.map((name) => `${name}: …`).join(", ")} } to .mean(), or use a selfStart model, which finds its own.`;

export const startNotFinite = (values: string): string =>
  `The mean is not finite in some row at the starting values ${values}; give other starting values to .mean(…, { start }).`;

export const noSelfStart = (model: string, inputs: readonly string[]): string =>
  `No starting values were found for the ${model} model of ${listed(inputs)}: the data do not look like such a curve; give start: { … } to .mean().`;

export const unknownNameInMean = (name: string, likely: string | null, parameters: readonly string[]): string =>
  `The mean uses ${name}, which is neither a column of the table nor a parameter (${listed(parameters)})${likely === null ? "" : `; did you mean ${likely}?`}${likely === null ? "; declare it in { parameters } or correct its name." : " Otherwise declare it in { parameters }."}`;

export const linearPartOfNonlinear = (method: string): string =>
  `.${method}() adds to a linear predictor, but this declaration has a nonlinear mean; say it in the predictor of a parameter, as .mean(…, { parameters: { Asym: "~ x + (1 | g)" } }).`;

export const linearPartBesideMean = (terms: string): string =>
  `A nonlinear mean stands in the place of the terms ${terms}: keep only the response, as "y ~ 1", and give the terms to the predictors of the parameters, as .mean(…, { parameters: { Asym: "~ x + (1 | g)" } }) or --mean-parameter "Asym ~ x + (1 | g)".`;

export const untranslatable = (operation: string): string =>
  `The mean uses ${operation}, which a nonlinear mean cannot; use +, −, ×, ÷, powers, sqrt, abs, exp, expm1, log, log1p, sin, cos, tanh, atan, sigmoid and ndtr.`;

export const meanTooLarge = (most: number): string =>
  `The mean given as a function has more than ${most} operations when written out; simplify it, or write it as a text.`;

export const oneNonlinearPredictor = (family: string): string =>
  `The family ${family} has several predictors of its own, so its mean cannot be nonlinear; use a family of one predictor.`;

export const flagsWithoutMean = (flags: readonly string[]): string =>
  `${listed(flags)} ${flags.length === 1 ? "belongs" : "belong"} to a nonlinear mean; add it, as --mean "SSlogis(age, Asym, xmid, scal)", or leave ${flags.length === 1 ? "it" : "them"} out.`;

export const badParameterFlag = (text: string, flag: string, example: string): string =>
  `${flag} '${text}' needs a name and a predictor, as ${flag} '${example}'.`;

export const selfStartTexts = (model: string, wanted: readonly string[]): string =>
  `selfStart.${model}(${wanted.join(", ")}) takes ${wanted.length} texts in this order: columns, or arithmetic on them, and the names of the parameters.`;
