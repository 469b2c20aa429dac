/** A run of Gibbs chains as plain data. What the chains are made of depends on model and sampler only, so it is made again and not kept. */
import type { FitWarning } from "../../messages/issue.ts";
import type { GibbsSampler } from "./gibbs.ts";

/** What was decided before the chains began. Plain data. */
export interface GibbsRun {
  readonly sampler: GibbsSampler;
  /** Warnings made before the draws were looked at, but those of the Gibbs sampler itself. */
  readonly warnings: readonly FitWarning[];
}
