import type { CompiledModel } from "./compiled-model.ts";

/** Number of observations: rows, each as often as its frequency weight counts it. */
export const observations = ({ design: { frequencyWeights, n } }: Pick<CompiledModel, "design">): number =>
  frequencyWeights ? frequencyWeights.reduce((s, w) => s + w, 0) : n;
