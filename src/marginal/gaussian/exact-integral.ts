/** Which Gaussian models have an exact integral, and about what their residual standard deviation is. */
import { isOfMeanAlone, type PredictorDesign, type RandomTermDesign } from "../../data/design.ts";
import { isMeans, ofMean } from "../../families/of-mean.ts";
import type { IntegralData } from "../integral-data.ts";

/** Role of the predictor of a Gaussian response's standard deviation. */
export const SIGMA = "sigma";

/** Whether a Gaussian model with identity link has an exact integral: no random effects but on the mean, and no predictor but those of mean and σ. */
export const hasExactIntegral = ({
  predictors,
  random,
}: {
  readonly predictors: readonly Pick<PredictorDesign, "role">[];
  readonly random: readonly Pick<RandomTermDesign, "predictor" | "predictors">[];
}): boolean =>
  predictors.every(({ role }, r) => isMeans(r) || (r === 1 && role === SIGMA)) && random.every(isOfMeanAlone);

/** Root mean square of what least squares on orthogonal columns leaves of the response: about σ, to start from. */
export function typicalSigma({ n, predictors, columns }: IntegralData): number {
  const { X, names, offset } = ofMean(predictors);
  const p = names.length;
  const residual = columns["y"]!.map((y, i) => y - offset[i]!);
  for (let j = 0; j < p; j++) {
    let dot = 0;
    let square = 0;
    for (let i = 0; i < n; i++) {
      dot += X[i * p + j]! * residual[i]!;
      square += X[i * p + j]! ** 2;
    }
    if (square > 0) for (let i = 0; i < n; i++) residual[i]! -= (dot / square) * X[i * p + j]!;
  }
  let squares = 0;
  for (let i = 0; i < n; i++) squares += residual[i]! ** 2;
  return Math.sqrt(squares / n) || 1;
}
