/** Models whose terms are told much, or little, of by the data. */
import { model } from "../../src/model-builder.ts";
import { halfNormal, normal } from "../../src/priors/distributions.ts";
import { createRng } from "../../src/random/rng.ts";
import { binomialVariate } from "../../src/random/variates.ts";

/** Binary, 24 persons × 10 items: persons vary little, items much. */
export function crossed() {
  const rng = createRng("crossed");
  const person = Array.from({ length: 24 }, () => 0.5 * rng.normal());
  const item = Array.from({ length: 10 }, () => 1.5 * rng.normal());
  const rows = person.flatMap((_, i) => item.map((__, j) => [i, j] as const));
  const y = rows.map(([i, j]) => binomialVariate(rng, 1, 1 / (1 + Math.exp(-0.3 - person[i]! - item[j]!))));
  return model({ y, person: rows.map(([i]) => `p${i}`), item: rows.map(([, j]) => `i${j}`) })
    .formula("y ~ 1 + (1 | person) + (1 | item)")
    .family({ name: "binomial" })
    .prior("fixed", normal(0, 2.5))
    .prior("sd", halfNormal(2));
}

/** y ~ x + (1 | g), residual 1. */
export function grouped(levels: number, rows: number, sd: number) {
  const rng = createRng(`grouped/${levels}/${rows}`);
  const b = Array.from({ length: levels }, () => sd * rng.normal());
  const g = Array.from({ length: levels * rows }, (_, i) => i % levels);
  const x = g.map(() => rng.normal());
  const y = g.map((level, i) => 1 + x[i]! + b[level]! + rng.normal());
  return model({ y, x, g: g.map((level) => `g${level}`) }).formula("y ~ x + (1 | g)");
}
