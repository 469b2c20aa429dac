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

/**
 * A level of a grouping factor that the fit has not seen, in a conditional prediction:
 * `error` refuses and names it, `population` integrates over that effect, `typical` takes it as 0, `draw` (posteriors only) draws the
 * effect anew in every posterior draw, so that the interval is that of one more group.
 */
export type NewLevels = "error" | "population" | "typical" | "draw";

export const newLevelsOptions: readonly NewLevels[] = ["error", "population", "typical", "draw"];
