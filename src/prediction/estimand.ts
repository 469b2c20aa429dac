/** The three questions a prediction can answer, and what to do with a group that the fit has not seen. */

/**
 * What the random effects b are taken to be in E[Y | x]:
 *
 * - `conditional`: those of the row's own groups (conditional modes, or their posterior draws),
 * - `typical`: zero, the group in the middle on the scale of the linear predictor,
 * - `population`: integrated out, the mean over all groups, E[Y | x] = ∫ E[Y | x, b] p(b) db.
 *
 * They agree only where the link is the identity.
 */
export type Estimand = "conditional" | "typical" | "population";

export const estimands: readonly Estimand[] = ["population", "typical", "conditional"];

/** What becomes of a level of a grouping factor that the fit has not seen, in a conditional prediction. */
export type NewLevelsMode = "existing" | "new-group" | "resampled" | "zero" | "population";

/**
 * A level of a grouping factor that the fit has not seen, in a conditional prediction:
 *
 * - `existing` (also written `error`): groups are those of the fit, another one is refused by name;
 * - `new-group` (`draw`): its effect is drawn from N(0, Σ), once a draw and shared by the rows of the level, so that the interval is that of
 *   one more group;
 * - `resampled`: its effect is that of a group of the fit taken at random in every draw;
 * - `zero` (`typical`): its effect is 0;
 * - `population`: its effect is integrated out, so that the interval is that of the mean over groups.
 */
export type NewLevels = NewLevelsMode | "error" | "draw" | "typical";

const MODES: Readonly<Record<NewLevels, NewLevelsMode>> = {
  existing: "existing",
  error: "existing",
  "new-group": "new-group",
  draw: "new-group",
  resampled: "resampled",
  zero: "zero",
  typical: "zero",
  population: "population",
};

export const newLevelsOptions: readonly NewLevels[] = Object.keys(MODES) as NewLevels[];

/** The mode an option stands for; undefined for what is none. */
export const newLevelsMode = (option: NewLevels): NewLevelsMode =>
  Object.hasOwn(MODES, option) ? MODES[option] : (undefined as never);
