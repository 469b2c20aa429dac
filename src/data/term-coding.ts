/**
 * Which factors of which terms get contrasts and which an indicator for every level: the rule of Chambers and Hastie,
 * *Statistical Models in S* (1992), p. 38, as R applies it.
 */

/**
 * For each term and each of its variables, whether the variable gets indicators for all levels.
 *
 * A factor v of a term T gets contrasts when T without v is empty or contained in a term before T, else indicators. Without an
 * intercept the first factor of the first term that has one gets indicators.
 *
 * @param terms the variables (by number, ascending) of each term, sorted by order as R sorts terms
 */
export function indicatorsByTerm(
  terms: readonly (readonly number[])[],
  isFactor: readonly boolean[],
  intercept: boolean,
): boolean[][] {
  const full = terms.map((term, t) =>
    term.map((variable) => {
      if (!isFactor[variable]) return false;
      const margin = term.filter((other) => other !== variable);
      return (
        margin.length > 0 && !terms.slice(0, t).some((earlier) => margin.every((other) => earlier.includes(other)))
      );
    }),
  );
  if (!intercept)
    for (let t = 0; t < terms.length; t++) {
      const first = terms[t]!.findIndex((variable) => isFactor[variable]);
      if (first < 0) continue;
      full[t]![first] = true;
      break;
    }
  return full;
}
