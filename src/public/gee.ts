/** `marginalia/gee`: estimating equations, their working correlations and tests. */
export { scoreTest } from "../compare/score-test.ts";
export {
  ar1,
  exchangeable,
  fixedCorrelation,
  type GeeCovariance,
  type GeeMethod,
  type GeeOptions,
  gee,
  independence,
  mDependent,
  stationary,
  unstructured,
  type WorkingCorrelation,
} from "../frequentist/gee/method.ts";
export type { QuasiLikelihoodCriteria } from "../frequentist/gee/quasi-likelihood.ts";
export type { TestRow } from "../frequentist/gee/test-table.ts";
export { waldTest } from "../frequentist/gee/wald-test.ts";
