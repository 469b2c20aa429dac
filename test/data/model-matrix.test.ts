import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { buildDesign } from "../../src/data/build-design.ts";
import { toTable } from "../../src/data/to-table.ts";
import { parseFormula } from "../../src/dsl/formula.ts";
import type { ContrastName, ModelSpec } from "../../src/dsl/model-spec.ts";
import { EMPTY_SPEC } from "../../src/dsl/spec-json.ts";
import { gaussian } from "../../src/families/gaussian.ts";

interface Case {
  readonly formula: string;
  readonly contrasts: Readonly<Record<string, string>> | [];
  readonly names: readonly string[];
  readonly kept: readonly string[];
  readonly rows: readonly number[];
  readonly X: readonly (readonly number[])[];
}

/** Made by model-matrix.R, which lies beside it. */
const fixture = JSON.parse(
  readFileSync(new URL("../fixtures/model-matrix/model-matrix.json", import.meta.url), "utf8"),
) as {
  readonly data: Readonly<Record<string, readonly (number | string | boolean | null)[]>>;
  readonly cases: readonly Case[];
};

const rows = fixture.data["x"]!.length;
const table = toTable({ ...fixture.data, y: Array.from({ length: rows }, (_, i) => i) });

function specOf({ formula, contrasts }: Case): ModelSpec {
  const { predictor } = parseFormula(`y ${formula}`);
  const named = Object.fromEntries(
    Object.entries(contrasts).map(([column, name]) => [column, name.replace("contr.", "") as ContrastName]),
  );
  const factors: Record<string, readonly string[]> = {};
  return {
    ...EMPTY_SPEC,
    response: { kind: "single", expression: { kind: "column", name: "y" } },
    predictors: [predictor],
    contrasts: named,
    factors,
  };
}

describe("model matrices are R's", () => {
  test.each(
    fixture.cases.map(
      (one) =>
        [one.formula + (Object.keys(one.contrasts).length ? ` ${JSON.stringify(one.contrasts)}` : ""), one] as const,
    ),
  )("%s", (_, one) => {
    const design = buildDesign(specOf(one), table, gaussian());
    const { names, X } = design.predictors[0]!;
    expect(names).toEqual(one.kept);
    expect(Array.from(design.rows, (row) => row + 1)).toEqual(one.rows);
    const columns = one.kept.map((name) => one.names.indexOf(name));
    let worst = 0;
    one.X.forEach((row, r) => {
      columns.forEach((c, k) => {
        const truth = row[c]!;
        worst = Math.max(worst, Math.abs(X[r * names.length + k]! - truth) / Math.max(1, Math.abs(truth)));
      });
    });
    expect(worst).toBeLessThan(2e-13);
  });
});
