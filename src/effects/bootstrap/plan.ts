/** What a bootstrap is asked to do, as plain data: with a fit it determines every replicate. */

export const bootstrapKinds = ["parametric", "cluster", "nested", "residual", "weights"] as const;

export type BootstrapKind = (typeof bootstrapKinds)[number];

export interface BootstrapPlan {
  readonly kind: BootstrapKind;
  readonly seed: string | number;
  /** Of responses that are simulated: effects drawn anew, or those of the fit. */
  readonly randomEffects: "new" | "fitted";
  /** Columns of the clusters; null: those of the model. */
  readonly cluster: readonly string[] | null;
  /** Columns of what is drawn within clusters; null: rows. */
  readonly within: readonly string[] | null;
  /** Whether each refit's covariance is wanted too. */
  readonly errors: boolean;
}

/** The plan of a cluster bootstrap without anything further. */
export const planOf = (given: Partial<BootstrapPlan> & Pick<BootstrapPlan, "kind" | "seed">): BootstrapPlan => ({
  randomEffects: "new",
  cluster: null,
  within: null,
  errors: false,
  ...given,
});
