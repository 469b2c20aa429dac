/** The links of the parameters of a distribution: from a linear predictor to the parameter and back, in numbers and in traced operations. */
import type { Operations, Tensor } from "../autodiff/operations.ts";
import type { FamilyParameter, ParameterLink } from "./family.ts";

export interface LinkOfParameter {
  readonly name: ParameterLink;
  /** The linear predictor of a value. */
  forward(value: number): number;
  /** The value of a linear predictor. */
  inverse(eta: number): number;
  /** dvalue/dη at η. */
  slope(eta: number): number;
  traced(ops: Operations, eta: Tensor): Tensor;
}

const logistic = (eta: number): number => 1 / (1 + Math.exp(-eta));

const LINKS: Readonly<Record<ParameterLink, LinkOfParameter>> = {
  log: { name: "log", forward: Math.log, inverse: Math.exp, slope: Math.exp, traced: (ops, eta) => ops.exp(eta) },
  logit: {
    name: "logit",
    forward: (value) => Math.log(value / (1 - value)),
    inverse: logistic,
    slope: (eta) => logistic(eta) * logistic(-eta),
    traced: (ops, eta) => ops.sigmoid(eta),
  },
  identity: {
    name: "identity",
    forward: (value) => value,
    inverse: (eta) => eta,
    slope: () => 1,
    traced: (_ops, eta) => eta,
  },
};

/** The link of a linear predictor of the parameter; null where it can have none: a threshold, a parameter between two bounds. */
export function linkOfParameter({ link, support, threshold }: FamilyParameter): LinkOfParameter | null {
  if (link) return LINKS[link];
  if (threshold || typeof support === "object" || support === "ordered") return null;
  return support === "positive" ? LINKS.log : support === "unit" ? LINKS.logit : LINKS.identity;
}
