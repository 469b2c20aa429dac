/** What is left out when a fit is checked against its own data, and which draws are used for it. */
import { groupingFactors } from "../marginal/laplace/grouping.ts";
import { drawsOutOfRange, groupNotChosen, groupUnknown, noGroups } from "../messages/checks.ts";
import { declarationFault } from "../messages/issue.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { PosteriorFit } from "../model/fit.ts";

/** The units that can be left out. */
export interface Units {
  /** `row 3` (1-based row of the table), `herd 7`. */
  readonly names: readonly string[];
  /** Length n: the unit of each row. */
  readonly of: Int32Array;
}

function rowUnits({ design }: CompiledModel): Units {
  return {
    names: Array.from(design.rows, (row) => `row ${row + 1}`),
    of: Int32Array.from({ length: design.n }, (_, i) => i),
  };
}

function groupUnits({ design }: CompiledModel, group: string | undefined): Units {
  if (design.random.length === 0) throw declarationFault(noGroups("Leaving out"));
  const names = [...new Set(design.random.map((term) => term.group))];
  if (group !== undefined && !names.includes(group)) throw declarationFault(groupUnknown(group, names));
  if (group === undefined && groupingFactors(design.random).length > 1) throw declarationFault(groupNotChosen(names));
  const term = design.random.find((candidate) => group === undefined || candidate.group === group)!;
  // Levels of a known covariance that have no rows are no units.
  const present = Array.from(new Set(term.index)).sort((a, b) => a - b);
  const unit = new Map(present.map((level, u) => [level, u]));
  return {
    names: present.map((level) => `${term.group} ${term.levels[level]!}`),
    of: term.index.map((level) => unit.get(level)!),
  };
}

/**
 * The rows, or the groups of a grouping factor.
 *
 * @throws DeclarationError for groups of a model without any, a group that is not named or not known
 */
export const unitsOf = (model: CompiledModel, by: "row" | "group", group: string | undefined): Units =>
  by === "row" ? rowUnits(model) : groupUnits(model, group);

/**
 * Positions of the draws used: the same number of every chain, evenly spread.
 *
 * @param wanted how many; all by default
 * @throws DeclarationError unless it is a whole number from 1 to the draws there are
 */
export function usedDraws({ draws: { chains, drawsPerChain } }: PosteriorFit, wanted: number | undefined): Int32Array {
  const total = chains * drawsPerChain;
  if (wanted === undefined) return Int32Array.from({ length: total }, (_, d) => d);
  if (!(Number.isInteger(wanted) && wanted >= 1 && wanted <= total))
    throw declarationFault(drawsOutOfRange(wanted, total));
  const each = Math.max(1, Math.floor(wanted / chains));
  return Int32Array.from({ length: chains * each }, (_, k) => {
    const c = Math.floor(k / each);
    return c * drawsPerChain + Math.floor(((k % each) * drawsPerChain) / each);
  });
}
