/**
 * Posterior moments that were not made by this library: mean, sd, Monte Carlo errors of both.
 *
 * - eight schools by deterministic quadrature over tau, sleepstudy and cbpp by importance sampling: the script beside the fixture made them;
 * - eight schools again, epil and RIKZ: rstan 2.21.7 in R 4.2.2, non-centred, `sampling(chains = 4, warmup = 1000, seed = 20240601)` with
 *   `iter = 10000, adapt_delta = 0.95`, `iter = 17000, adapt_delta = 0.9` and `iter = 10000, adapt_delta = 0.9`; errors by package posterior;
 * - dll: MCMCglmm 2.36 in R 4.2.2, `MCMCglmm(SCT ~ 1, random = ~ line, nitt = 63000, burnin = 3000, thin = 5)` with seeds 1 to 4.
 */
import { readFileSync } from "node:fs";

/** Mean, sd, error of the mean, error of the sd (left out: as that of the mean). */
export type Moments = readonly [mean: number, sd: number, error: number, errorOfSd?: number];

type Posteriors = Readonly<
  Record<"eightSchools" | "eightSchoolsFlat" | "sleepstudy" | "cbpp" | "cbppRisks", Record<string, Moments>>
>;
const made = JSON.parse(
  readFileSync(new URL("../fixtures/posteriors/posteriors.json", import.meta.url), "utf8"),
) as Posteriors;

/** mu ~ N(0, 5), tau ~ half-Cauchy(0, 5). */
export const EIGHT_SCHOOLS = made.eightSchools;
export const EIGHT_SCHOOLS_LOG_EVIDENCE = -31.31134735;

/** The same posterior by rstan. */
export const EIGHT_SCHOOLS_STAN: Record<string, Moments> = {
  "(Intercept)": [4.39966645, 3.3046029, 0.016, 0.019],
  "sd__(Intercept)": [3.60108586, 3.20104392, 0.018, 0.026],
  "theta[A]": [6.21755233, 5.55800648, 0.029, 0.04],
  "theta[B]": [4.91823599, 4.66783453, 0.022, 0.027],
  "theta[C]": [3.93944523, 5.22974218, 0.027, 0.035],
  "theta[D]": [4.76464835, 4.73639008, 0.023, 0.027],
  "theta[E]": [3.62243271, 4.65254386, 0.022, 0.026],
  "theta[F]": [4.01504403, 4.80815057, 0.023, 0.03],
  "theta[G]": [6.27645203, 5.10046492, 0.025, 0.031],
  "theta[H]": [4.85911471, 5.30483899, 0.026, 0.036],
};

/** mu and tau ≥ 0 flat (Gelman et al. 2013, Bayesian Data Analysis, 3rd ed., §5.5). */
export const EIGHT_SCHOOLS_FLAT = made.eightSchoolsFlat;
export const SLEEPSTUDY = made.sleepstudy;
export const CBPP = made.cbpp;
/** Risks of cbpp by period, with the herds integrated out and at herd effect 0. */
export const CBPP_RISKS = made.cbppRisks;

export const EPIL: Record<string, Moments> = {
  "(Intercept)": [1.827904, 0.1128121, 0.00089, 0.00055],
  lbase: [0.8812614, 0.1421096, 0.0011, 0.0007],
  trtprogabide: [-0.3351771, 0.1581465, 0.0012, 0.00074],
  lage: [0.46383, 0.372105, 0.0028, 0.0017],
  V4: [-0.1604032, 0.05426045, 0.00019, 0.00023],
  "lbase:trtprogabide": [0.3412126, 0.2171393, 0.0017, 0.001],
  "sd__(Intercept)": [0.5471152, 0.06764378, 0.00053, 0.00032],
  "u[1]": [0.0389032, 0.2745622, 0.0013, 0.0011],
  "u[2]": [0.04891813, 0.2757372, 0.0013, 0.0011],
  "u[3]": [0.3219002, 0.3268875, 0.0017, 0.0012],
  "u[4]": [0.1441022, 0.3030294, 0.0016, 0.0012],
  "u[5]": [0.01501003, 0.2358456, 0.0017, 0.001],
  "u[6]": [-0.2177116, 0.2213138, 0.0011, 0.00088],
  "u[7]": [-0.1469659, 0.2794541, 0.0013, 0.0011],
  "u[8]": [0.4379955, 0.2296627, 0.0017, 0.001],
};

/** Inverse-gamma(1, 1) priors of both variances. */
export const RIKZ: Record<string, Moments> = {
  "(Intercept)": [6.605243, 1.050925, 0.0097, 0.008],
  NAP: [-2.603171, 0.5080984, 0.0028, 0.0029],
  "sd__(Intercept)": [2.61862, 0.8780481, 0.0085, 0.0083],
  sd__Observation: [3.115046, 0.3963944, 0.0028, 0.0024],
  "u[1]": [2.333363, 1.564735, 0.011, 0.0082],
  "u[2]": [4.663934, 1.710309, 0.013, 0.0091],
  "u[3]": [-2.375218, 1.520604, 0.011, 0.008],
  "u[4]": [-2.05634, 1.508986, 0.011, 0.0078],
  "u[5]": [1.739694, 1.489074, 0.011, 0.0078],
  "u[6]": [-1.4694, 1.48516, 0.01, 0.008],
  "u[7]": [-1.594316, 1.523485, 0.011, 0.0081],
  "u[8]": [-0.9587304, 1.471887, 0.01, 0.0079],
};

/** Variances, as MCMCglmm reports them. */
export const DLL: Record<string, Moments> = {
  "(Intercept)": [11.21643, 0.1443984, 0.00066],
  "var__(Intercept)": [0.5234108, 0.170907, 0.00078, 0.0013],
  var__Observation: [2.701368, 0.08755346, 0.0004],
};
