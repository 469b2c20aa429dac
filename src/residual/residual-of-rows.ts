/** The residual structure of some of the rows: what is left of it when the others are not seen. */
import type { ResidualData } from "./residual-data.ts";

/** The structure of the rows `rows`, distinct, in their order: times and distances as they are, strata and parameters all kept. */
export function residualOfRows({ variance, correlation }: ResidualData, rows: Int32Array): ResidualData {
  const place = new Map(Array.from(rows, (row, i) => [row, i]));
  return {
    n: rows.length,
    variance: variance.map((part) => ({
      ...part,
      stratum: rows.map((row) => part.stratum[row]!),
      covariate: part.covariate && Float64Array.from(rows, (row) => part.covariate![row]!),
    })),
    correlation: correlation && partOfRows(correlation, place),
  };
}

function partOfRows(
  part: NonNullable<ResidualData["correlation"]>,
  place: ReadonlyMap<number, number>,
): NonNullable<ResidualData["correlation"]> {
  const { dimensions } = part;
  const order: number[] = [];
  const places: number[] = [];
  const start = [0];
  for (let g = 0; g + 1 < part.start.length; g++) {
    for (let k = part.start[g]!; k < part.start[g + 1]!; k++) {
      const row = place.get(part.order[k]!);
      if (row === undefined) continue;
      order.push(row);
      for (let d = 0; d < dimensions; d++) places.push(part.place[k * dimensions + d]!);
    }
    if (order.length > start.at(-1)!) start.push(order.length);
  }
  return { ...part, order: Int32Array.from(order), start: Int32Array.from(start), place: Float64Array.from(places) };
}
