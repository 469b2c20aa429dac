/** The covariance blocks of the random terms: each given the effects, then given the spherical effects. */
import { boundStructure } from "../../covariance/structures.ts";
import type { Block } from "./block.ts";
import { covarianceGivenEffects } from "./covariance-given-effects.ts";
import { covarianceGivenSpherical, expansionBlock } from "./covariance-given-spherical.ts";
import { covarianceCoordinates } from "./covariance-prior.ts";
import { expansionByKernel } from "./expansion-by-kernel.ts";
import { kernelLikelihood } from "./kernel-likelihood.ts";
import type { GibbsDesign } from "./state.ts";
import type { RowsContext, SweepContext } from "./sweep-parts.ts";
import { workingLikelihood } from "./working-likelihood.ts";
import type { WorkingModel } from "./working-model.ts";

/** A term's name in those of its blocks. */
export function termLabel({ data }: GibbsDesign, t: number): string {
  const { group, names } = data.random[t]!;
  return `${names.join(", ")} | ${group}`;
}

/** Those of all terms where effects are drawn from a Gaussian working model. */
export function workingCovariances({ data, design, state }: SweepContext, model: WorkingModel): Block[] {
  return data.data.layout.terms.flatMap((term, t) => {
    const prior = data.covariances[t]!;
    const structure = boundStructure(term);
    const coordinates = covarianceCoordinates(structure);
    if (coordinates.chart.size === 0) return [];
    const name = termLabel(design, t);
    const likelihood = workingLikelihood(model, state, t, structure.diagonal);
    return [
      ...covarianceGivenEffects(state, t, prior, coordinates, name, design.data.random[t]!.known),
      prior.kind === "expanded"
        ? expansionBlock(state, t, prior, likelihood, name)
        : covarianceGivenSpherical(state, t, prior, coordinates, likelihood, name),
    ];
  });
}

/** Those of term t where the likelihood is that of the rows. */
export function kernelCovariance({ data, design, state, rows }: RowsContext, t: number): Block[] {
  const prior = data.covariances[t]!;
  const coordinates = covarianceCoordinates(boundStructure(data.data.layout.terms[t]!));
  if (coordinates.chart.size === 0) return [];
  const name = termLabel(design, t);
  const likelihood = kernelLikelihood(design, state, t, rows);
  return [
    ...covarianceGivenEffects(state, t, prior, coordinates, name, design.data.random[t]!.known),
    prior.kind === "expanded"
      ? expansionByKernel(state, t, prior, likelihood, name)
      : covarianceGivenSpherical(state, t, prior, coordinates, likelihood, name),
  ];
}
