/** How contrasts of averages are measured: what suits the response and the scale. */
import type { Family } from "../families/family.ts";
import { boundsNotOfMeasure, measureNotOfThis } from "../messages/averages.ts";
import { declarationFault } from "../messages/issue.ts";
import type { Averaging } from "./averaging-options.ts";
import { type ContrastMeasure, contrastMeasures, exponentiated, type Measure, measures } from "./contrasts.ts";
import { boundsFit } from "./margin.ts";

const LINKS: Readonly<Partial<Record<Family["link"], ContrastMeasure>>> = { log: "ratio", logit: "odds ratio" };

/**
 * Measures of contrasts of averages. Of the response differences always; ratios of means that cannot be negative; odds ratios of probabilities; a score has
 * no natural zero. At the average on the scale of the link what a difference there is: of the log a ratio, of the logit an odds ratio.
 *
 * @throws DeclarationError for measures asked for that there are none of
 */
export function averageMeasures(
  family: Family,
  { score, scale, measure: asked, contrasts, equivalence }: Averaging,
): readonly Measure[] {
  const own = LINKS[family.link === "custom" && family.base ? "identity" : family.link];
  const possible: readonly ContrastMeasure[] =
    scale === "link" ? ["difference", ...(own ? [own] : [])] : score ? ["difference"] : measuresOf(family);
  const wrong = asked?.find((name) => !possible.includes(name) && !(name === "ratio" && scale !== "link" && !score));
  if (wrong !== undefined)
    throw declarationFault(
      measureNotOfThis(
        wrong,
        scale === "link" ? "is none of the scale of this link" : "does not suit this response",
        possible,
      ),
    );
  const trend = contrasts === "polynomial";
  const names =
    asked ??
    equivalenceMeasures(equivalence, possible) ??
    (trend || scale === "link" ? ["difference"] : scale === "back-transformed" ? [own ?? "difference"] : possible);
  const found = contrastMeasures
    .filter((name) => (names as readonly string[]).includes(name))
    .map((name) => (scale === "link" && name !== "difference" ? exponentiated(name) : measures[name]));
  const unfit = equivalence && found.find(({ scale: own }) => !boundsFit(own, equivalence));
  if (unfit) throw declarationFault(boundsNotOfMeasure(unfit.name, equivalence));
  return found;
}

/** Measures that have their value of no effect between bounds of equivalence; undefined where none has, and without bounds. */
function equivalenceMeasures(
  equivalence: Averaging["equivalence"],
  possible: readonly ContrastMeasure[],
): readonly ContrastMeasure[] | undefined {
  if (!equivalence) return undefined;
  const { lower, upper } = equivalence;
  const within = possible.filter((name) => lower < measures[name].none && measures[name].none < upper);
  const fit = within.filter((name) => boundsFit(measures[name].scale, equivalence));
  return fit.length > 0 ? fit : ["difference"];
}

function measuresOf(family: Family): readonly ContrastMeasure[] {
  if (family.response === "ordered") return contrastMeasures;
  const refuses = (y: number) =>
    family.checkResponse(new Float64Array([y]), new Float64Array([1]), new Int32Array(1), "y").length > 0;
  if (!refuses(-1)) return ["difference"];
  return refuses(2) ? contrastMeasures : ["difference", "ratio"];
}
