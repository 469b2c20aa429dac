/** Placeholder shape, owned by the data layer. */
export interface DesignRecipe {
  readonly kind: "DesignRecipe";
}
