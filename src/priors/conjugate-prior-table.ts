/** The table of priors of a Gibbs fit: the priors of one parameter each, and those of whole vectors and matrices in their place. */

import type { ConjugatePrior } from "./conjugate-prior.ts";
import { priorTable } from "./resolve.ts";
import type { PriorRow, ResolvedPriors } from "./resolved.ts";

const matrix = (rows: readonly (readonly number[])[]): string =>
  rows.length === 1 ? String(rows[0]![0]) : `[${rows.map((row) => `[${row.join(", ")}]`).join(", ")}]`;

/** @param priors those of `effectivePriors` */
export function conjugatePriorTable(priors: ResolvedPriors, given: ConjugatePrior | null): PriorRow[] {
  if (!given) return priorTable(priors);
  const replaced = new Map<string, string>();
  const { fixed, covariances, residual } = given;
  if (fixed?.covariance.some((row, i) => row.some((value, j) => i !== j && value !== 0)))
    for (const { name } of priors.fixed)
      replaced.set(
        `fixed:${name}`,
        `jointly normal, mean [${fixed.mean.join(", ")}], covariance ${matrix(fixed.covariance)}`,
      );
  covariances.forEach((own, t) => {
    const sds = priors.sd[t];
    if (!own || !sds) return;
    if (sds.length === 1 && own.kind !== "expanded" && !(own.kind === "inverse-wishart" && own.nu === 0)) return;
    const text =
      own.kind === "huang-wand"
        ? `Huang-Wand(df ${own.df}, scales ${own.scales.join(", ")})`
        : `inverse-Wishart(V ${matrix(own.V)}, nu ${own.nu})${
            own.kind === "expanded"
              ? `, expanded by alpha ~ normal([${own.alphaMu.join(", ")}], ${matrix(own.alphaV)})`
              : ""
          }`;
    for (const { name } of sds) replaced.set(`sd:${name}`, `covariance ~ ${text}`);
    const cor = priors.cor[t];
    if (cor) replaced.set(`cor:${cor.name}`, `covariance ~ ${text}`);
  });
  if (residual && residual.shape === 0) replaced.set("sigma:sigma", "variance with density 1/variance");
  return priorTable(priors).map((row) => {
    const prior = replaced.get(`${row.class}:${row.name}`);
    return prior === undefined ? row : { ...row, prior, source: "declared" as const };
  });
}
