/** Texts of the exact Gaussian marginal likelihood. */
import type { Issue } from "./issue.ts";

export function dependentColumns(names: readonly string[]): Issue {
  return {
    code: "dependent-columns",
    path: ["fixed"],
    message: `The fixed-effect columns ${names.join(", ")} are linearly dependent in the rows that carry weight, so their coefficients are not determined; leave at least one of them out.`,
  };
}

export function onePredictorOnly(count: number): Issue {
  return {
    code: "gaussian-one-predictor",
    path: ["family"],
    message: `The exact Gaussian likelihood takes one linear predictor, the mean, but the model has ${count}; fit it with the Laplace approximation, or leave the other predictors out.`,
  };
}

export function badWeight(kind: "precision" | "frequency", row: number, value: number): Issue {
  return {
    code: "bad-weight",
    path: ["weights"],
    message: `The ${kind} weight of used row ${row + 1} is ${value}; weights must be finite and not negative, so correct it or drop the row.`,
  };
}
