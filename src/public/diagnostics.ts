/** `marginalia/diagnostics`: convergence, effective sample sizes and Monte Carlo errors of plain draws and of fits. */
export {
  essAlong,
  type ParameterEss,
  type ParameterRanks,
  rankPlot,
  traceDivergences,
} from "../checks/sampler-diagnostics.ts";
export { essBulk, essMean, essQuantile, essSd, essTail } from "../diagnostics/effective-sample-size.ts";
export { ebfmi } from "../diagnostics/energy.ts";
export { essByInterval, essByQuantile } from "../diagnostics/ess-by-quantile.ts";
export { mcseMean, mcseQuantile, mcseSd } from "../diagnostics/mcse.ts";
export { type ParetoSmoothed, paretoKThreshold, psis, type SmoothingOptions } from "../diagnostics/pareto-smoothing.ts";
export { type RankHistogram, rankHistogram } from "../diagnostics/rank-histogram.ts";
export { rhat } from "../diagnostics/rhat.ts";
export type { DivergenceTrace, TracedParameter } from "../samplers/trace-divergences.ts";
