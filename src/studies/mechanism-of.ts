/** A mechanism from what a user has: a mechanism, or a fit with its estimates. */

import { notAPilot } from "../messages/designs.ts";
import { DeclarationError } from "../messages/issue.ts";
import { estimatesByName } from "../model/changed-parameters.ts";
import { declarationOf } from "../model/declaration-of.ts";
import type { DistributionFit } from "../model/fit.ts";
import { isFit } from "../model/require-fit.ts";
import { Model } from "../model-builder.ts";
import type { DataGeneratingMechanism, DeclaredModel } from "./scenario.ts";
import { isMechanism } from "./simulate-declared.ts";

/**
 * The mechanism itself; of a fit with a distribution its declaration (or, where it was loaded, one made of it) with its estimates.
 *
 * @param of what asks, as the user wrote it: `extend()`
 * @throws DeclarationError for anything else
 */
export function mechanismOf(given: DistributionFit | DataGeneratingMechanism, of: string): DataGeneratingMechanism {
  if (isMechanism(given)) return given;
  if (!isFit(given) || (given.kind as string) === "gee") throw new DeclarationError([notAPilot(of, given)]);
  const { model } = given;
  const own = (given as { readonly declaration?: DeclaredModel }).declaration ?? declarationOf(model);
  return {
    model: (own as DeclaredModel | undefined) ?? new Model(model.table, model.spec),
    parameters: estimatesByName(given),
  };
}
