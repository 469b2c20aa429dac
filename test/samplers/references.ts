/**
 * Posterior moments made without Monte Carlo chains: sleepstudy by deterministic quadrature over the variance parameters, cbpp by importance
 * sampling from a 31-node quadrature likelihood.
 */

/** Mean, sd, error of the mean. */
export const SLEEPSTUDY: Record<string, readonly [number, number, number]> = {
  "(Intercept)": [251.41739, 7.51804, 0.016],
  Days: [10.45567, 1.72416, 0.0036],
  "sd__(Intercept)": [27.25174, 6.94488, 0.014],
  sd__Days: [6.57498, 1.51439, 0.003],
  "cor__(Intercept).Days": [0.06615, 0.27447, 0.0006],
  sd__Observation: [25.89547, 1.54867, 0.003],
};
export const CBPP: Record<string, readonly [number, number, number]> = {
  "(Intercept)": [-1.41468, 0.2535, 0.0007],
  period2: [-0.98278, 0.3067, 0.0007],
  period3: [-1.12231, 0.32719, 0.0007],
  period4: [-1.58042, 0.42741, 0.001],
  "sd__(Intercept)": [0.72963, 0.20682, 0.0005],
};
