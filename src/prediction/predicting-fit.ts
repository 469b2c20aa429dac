/** How a fit that is a class answers for rows and averages. */
import type { ColumnsToAverage } from "../effects/checked-columns.ts";
import type { PopulationAverageOptions, PopulationAverages } from "../effects/population-average.ts";
import type { Fit } from "../model/fit.ts";
import { populationAverage } from "../model/questions.ts";
import type { StopSignal } from "../options/abort-signal.ts";
import type { DoneOrPromised, InSlices, SlicesOf } from "../options/long-work.ts";
import { PrintedFit } from "../report/print-fit.ts";
import { type Prediction, type PredictOptions, predict } from "./predict.ts";

/** The methods of a fit to a table with the columns `C`. */
export abstract class PredictingFit<C> extends PrintedFit {
  /**
   * Predictions a row, with the random effects conditional, typical (0) or integrated out; of estimating equations those of the population
   * mean. See `predict`.
   */
  predict(options: InSlices<PredictOptions>): Promise<Prediction>;
  predict(options?: PredictOptions): Prediction;
  predict(options?: PredictOptions): Prediction | Promise<Prediction> {
    return predict(this as unknown as Fit, options);
  }

  /** Averages of the response over the rows, the random effects integrated out; see `populationAverage`. */
  populationAverage<
    const By = never,
    const At = never,
    const Contrast = never,
    Signal extends StopSignal | undefined = undefined,
    Told = never,
  >(
    options?: PopulationAverageOptions & ColumnsToAverage<C, By, At, Contrast> & SlicesOf<Signal, Told>,
  ): DoneOrPromised<PopulationAverages, Signal, Told> {
    const averages = populationAverage(this as unknown as Fit, options as PopulationAverageOptions);
    return averages as DoneOrPromised<PopulationAverages, Signal, Told>;
  }
}
