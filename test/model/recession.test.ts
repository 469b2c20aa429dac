import { describe, expect, it } from "vitest";
import { binomial } from "../../src/families/binomial.ts";
import { cumulative } from "../../src/families/cumulative.ts";
import { poisson } from "../../src/families/poisson.ts";
import { infiniteLabels, recessionOf } from "../../src/model/recession.ts";
import { model } from "../../src/model-builder.ts";
import { createRng } from "../../src/random/rng.ts";

/**
 * Coefficients that are infinite, by all extreme rays of the cone {d : a'd ≥ 0, b'd = 0} in three dimensions, in whole numbers: each is the cross
 * product of two constraints. The cone is pointed, as the vectors span the space.
 */
function infiniteByRays(above: readonly number[][], equal: readonly number[][]): boolean[] {
  const cross = (a: readonly number[], b: readonly number[]) => [
    a[1]! * b[2]! - a[2]! * b[1]!,
    a[2]! * b[0]! - a[0]! * b[2]!,
    a[0]! * b[1]! - a[1]! * b[0]!,
  ];
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, k) => sum + value * b[k]!, 0);
  const all = [...above, ...equal];
  const infinite = [false, false, false];
  for (const a of all)
    for (const b of all)
      for (const sign of [1, -1]) {
        const d = cross(a, b).map((value) => sign * value);
        if (d.every((value) => value === 0)) continue;
        if (above.every((row) => dot(row, d) >= 0) && equal.every((row) => dot(row, d) === 0))
          d.forEach((value, k) => {
            if (value !== 0) infinite[k] = true;
          });
      }
  return infinite;
}

const rank3 = (rows: readonly number[][]) =>
  rows.some((a) =>
    rows.some((b) =>
      rows.some(
        (c) =>
          a[0]! * (b[1]! * c[2]! - b[2]! * c[1]!) -
            a[1]! * (b[0]! * c[2]! - b[2]! * c[0]!) +
            a[2]! * (b[0]! * c[1]! - b[1]! * c[0]!) !==
          0,
      ),
    ),
  );

describe("coefficients at infinity", () => {
  it("are those of the extreme rays of the cone of recession", () => {
    const rng = createRng("rays");
    const whole = (most: number) => Math.floor(rng.uniform() * most);
    let separated = 0;
    let part = 0;
    for (let trial = 0; trial < 300; trial++) {
      const n = 4 + whole(9);
      const x = Array.from({ length: n }, () => whole(5) - 2);
      const z = Array.from({ length: n }, () => whole(3) - 1);
      const rows = x.map((value, i) => [1, value, z[i]!]);
      if (!rank3(rows)) continue;
      const trials = Array.from({ length: n }, () => 1 + whole(2));
      const y = trials.map((m) => whole(m + 1));
      if (y.every((value) => value === 0) && trial % 7 > 0) continue;
      const side = y.map((value, i) => (value === 0 ? -1 : value === trials[i] ? 1 : 0));
      const wanted = infiniteByRays(
        rows.flatMap((row, i) => (side[i] ? [row.map((value) => value * side[i]!)] : [])),
        rows.filter((_, i) => side[i] === 0),
      );
      const compiled = model({ y, m: trials, x, z }).formula("y | trials(m) ~ x + z").family(binomial()).compile();
      const recession = recessionOf(compiled);
      const names = recession ? infiniteLabels(compiled, recession) : [];
      expect(["(Intercept)", "x", "z"].map((name) => names.includes(name))).toEqual(wanted);
      if (wanted.some((value) => value)) separated++;
      if (names.length === 1 || names.length === 2) part++;
    }
    expect(separated).toBeGreaterThan(50);
    expect(part).toBeGreaterThan(10);
  });

  it("depend on the parameterisation, and what they are of does not", () => {
    // the levels b and c have no events
    const data = { t: [..."aabbccdd"], c: [1, 3, 0, 0, 0, 0, 2, 4] };
    const labels = (rhs: string, levels: string[]) => {
      const compiled = model(data).formula(`c ~ ${rhs}`).factor("t", levels).family(poisson()).compile();
      return infiniteLabels(compiled, recessionOf(compiled)!);
    };
    expect(labels("t", ["a", "b", "c", "d"])).toEqual(["tb", "tc"]);
    expect(labels("0 + t", ["a", "b", "c", "d"])).toEqual(
      ["ta", "tb", "tc", "td"].filter((name) => /[bc]/.test(name.slice(1))),
    );
    // of a reference without events all differ, and the intercept is its own
    expect(labels("t", ["b", "a", "c", "d"])).toEqual(["(Intercept)", "ta", "tc", "td"]);
  });

  it("are found far from 0 and in small units", () => {
    const n = 40;
    const year = Array.from({ length: n }, (_, i) => 2000 + i / 4);
    const y = year.map((value) => (value < 2004.9 ? 0 : 1));
    const unit = (scale: number, shift: number, flip: number) => {
      const x = year.map((value) => value * scale + shift);
      const compiled = model({ x, y: y.map((value, i) => (i === flip ? 1 - value : value)) })
        .formula("y ~ x")
        .family(binomial())
        .compile();
      return recessionOf(compiled);
    };
    for (const [scale, shift] of [
      [1, 0],
      [1e-9, 0],
      [3e7, 0],
      [1, 1e8],
    ] as const) {
      expect(unit(scale, shift, -1)!.positions).toEqual([0, 1]);
      expect(unit(scale, shift, 5)).toBeNull();
    }
  });

  it("of an ordered response are thresholds and coefficients", () => {
    const grades = ["lo", "mid", "hi"];
    const compiled = (x: number[], y: string[]) =>
      model({ x, y }).factor("y", grades).formula("y ~ x").family(cumulative()).compile();
    const mixed = compiled([0, 1, 2, 3, 0, 1, 2, 3], ["lo", "mid", "hi", "lo", "hi", "mid", "lo", "hi"]);
    expect(recessionOf(mixed)).toBeNull();
    const apart = compiled([0, 1, 2, 3, 4, 5], ["lo", "lo", "mid", "mid", "hi", "hi"]);
    expect(infiniteLabels(apart, recessionOf(apart)!)).toEqual([
      "x",
      ...apart.family.parameters.map(({ name }) => name),
    ]);
    // all rows of one level are in the lowest category: its coefficient alone is infinite
    const level = model({ f: [..."aaaaaabbb"], y: ["lo", "mid", "hi", "lo", "mid", "hi", "lo", "lo", "lo"] })
      .factor("y", grades)
      .formula("y ~ f")
      .family(cumulative())
      .compile();
    expect(infiniteLabels(level, recessionOf(level)!)).toEqual(["fb"]);
  });

  it("of many rows are found where few rows say so, and only there", () => {
    const rng = createRng("many rows");
    const n = 9000;
    const x = Array.from({ length: n }, () => rng.normal());
    const y = x.map((value) => Number(rng.uniform() < 1 / (1 + Math.exp(-value))));
    // a level of three rows
    const f = x.map((_, i) => (i % 3500 === 17 ? "rare" : "common"));
    const rare = [...f.keys()].filter((i) => f[i] === "rare");
    expect(rare).toHaveLength(3);
    const compiled = (responses: readonly number[]) =>
      model({ x, f, y: responses }).formula("y ~ x + f").family(binomial()).compile();
    const with3 = (values: readonly number[]) =>
      y.map((value, i) => (rare.includes(i) ? values[rare.indexOf(i)]! : value));
    expect(recessionOf(compiled(with3([0, 1, 0])))).toBeNull();
    const apart = compiled(with3([1, 1, 1]));
    const found = recessionOf(apart)!;
    expect(infiniteLabels(apart, found)).toEqual(["frare"]);
    expect([found.rows, found.of]).toEqual([3, n]);
    // one row among 9000 that contradicts a perfect separation
    const ofX = (responses: readonly number[]) =>
      recessionOf(model({ x, y: responses }).formula("y ~ x").family(binomial()).compile());
    const split = x.map((value) => Number(value > 0));
    expect(ofX(split)!.rows).toBe(n);
    split[x.indexOf(Math.max(...x))] = 0;
    expect(ofX(split)).toBeNull();
  });
});
