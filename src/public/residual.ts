/** `marginalia/residual`: residual variance functions and correlation structures, under nlme's names. */

export {
  type CorrelationOptions,
  corAR1,
  corARMA,
  corCAR1,
  corCompSymm,
  corExp,
  corGaus,
  corLin,
  corRatio,
  corSpher,
  corSymm,
  type SpatialOptions,
  type VarianceOptions,
  varComb,
  varConstPower,
  varConstProp,
  varExp,
  varFixed,
  varIdent,
  varPower,
} from "../dsl/residual.ts";
export type { CorrelationSpec, ResidualSpec, VarianceSpec } from "../dsl/residual-spec.ts";
export { parseCorrelation, parseVariance } from "../dsl/residual-text.ts";
