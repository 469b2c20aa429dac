/** The charts of a family's parameters by their supports: one a parameter, but one for a whole increasing sequence. */
import type { ParameterSupport } from "../families/family.ts";
import type { Chart } from "./chart.ts";
import { orderedChart } from "./ordered.ts";
import { scalarChart } from "./scalar.ts";

export interface ParameterBlock {
  readonly chart: Chart;
  /** Its first parameter; the others follow. */
  readonly from: number;
  /** Whether its parameters increase. */
  readonly ordered: boolean;
}

/** Parameters with support `ordered` belong to the real one before them. */
export function parameterBlocks(supports: readonly ParameterSupport[]): ParameterBlock[] {
  const blocks: ParameterBlock[] = [];
  for (let g = 0; g < supports.length; ) {
    let end = g + 1;
    while (supports[end] === "ordered") end++;
    const ordered = end > g + 1;
    blocks.push({ chart: ordered ? orderedChart(end - g) : scalarChart(supports[g]!), from: g, ordered });
    g = end;
  }
  return blocks;
}
