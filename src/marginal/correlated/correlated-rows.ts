/** Which models have correlated rows that only a nonlinear mean's own kernel serves. */
import type { ObservationKernel } from "../../model/observation-kernel.ts";
import type { IntegralData } from "../integral-data.ts";

/** Whether rows of a nonlinear mean are correlated given the random effects: they have a density together only. */
export const hasCorrelatedRows = ({ predictors, residual }: Pick<IntegralData, "predictors" | "residual">): boolean =>
  Boolean(residual?.correlation) && predictors.some(({ nonlinear }) => nonlinear);

/** Whether the kernel is that of the mean (`nonlinear/mean-kernel.ts`), as correlated rows have it: one predictor more than the mean's parameters. */
export const isKernelOfMean = (data: IntegralData, kernel: ObservationKernel | null): boolean =>
  hasCorrelatedRows(data) && kernel?.predictors === data.predictors.length + 1;
