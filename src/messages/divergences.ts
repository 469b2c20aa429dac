/** Texts about divergent transitions: where they gather, and what helps. */

const number = (x: number) => x.toPrecision(3);
const times = (count: number, draws: number) =>
  count === 1 ? `One of ${draws} transitions diverged` : `${count} of ${draws} transitions diverged`;
const medians = (divergent: number, all: number) =>
  `(median ${number(divergent)} there, ${number(all)} over all draws)`;

export const divergenceAdvice = {
  none: (draws: number): string => `None of ${draws} transitions diverged.`,
  few: (count: number, draws: number, targetAcceptance: number): string =>
    `${times(count, draws)}, too few to trace to a term; raise targetAcceptance above ${targetAcceptance}.`,
  nowhere: (count: number, draws: number, targetAcceptance: number): string =>
    `${times(count, draws)}, and they do not gather where any one parameter is small or large; raise targetAcceptance above ${targetAcceptance}.`,
  traced: (count: number, draws: number, where: string): string => `${times(count, draws)}, and they gather ${where}.`,
  smallSd: (effect: string, group: string, divergent: number, all: number, parameterisation: string | null): string =>
    `where the standard deviation of ${effect} by ${group} is small ${medians(divergent, all)}: ${parameterisation === "centred" ? `sample its effects non-centred (parameterisation: { "${group}": "non-centred" }), ` : ""}integrate the random effects out (target: "integrated"), or give that standard deviation a prior that keeps it from 0`,
  largeSd: (effect: string, group: string, divergent: number, all: number, parameterisation: string | null): string =>
    `where the standard deviation of ${effect} by ${group} is large ${medians(divergent, all)}: ${parameterisation === "non-centred" ? `sample its effects centred (parameterisation: { "${group}": "centred" }), or ` : ""}give it a prior with a lighter tail, such as halfNormal`,
  correlation: (effects: string, group: string, divergent: number): string =>
    `where the correlation of ${effects.replace(".", " and ")} by ${group} is near its bounds (median ${number(divergent)} there): give it the prior lkj(2) or a stronger one, or leave it out with (… || ${group})`,
  fixed: (name: string, high: boolean, divergent: number, all: number): string =>
    `where the coefficient of ${name} is ${high ? "large" : "small"} ${medians(divergent, all)}: look for a separation or a nearly dependent column, and give it a prior such as normal(0, 2.5)`,
  residual: (high: boolean, divergent: number, all: number): string =>
    `where the residual standard deviation is ${high ? "large" : "small"} ${medians(divergent, all)}: ${high ? "give it a prior with a lighter tail" : "look for groups that the model fits without error, or give it a prior that keeps it from 0"}`,
  parameter: (name: string, high: boolean, divergent: number, all: number): string =>
    `where ${name} is ${high ? "large" : "small"} ${medians(divergent, all)}: give it a more informative prior`,
} as const;
