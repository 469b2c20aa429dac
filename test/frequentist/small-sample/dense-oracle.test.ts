/** Satterthwaite's and Kenward-Roger's inference against the formulas written with whole matrices, derivatives by differences, in other parameters. */
import { determinant, inverse, Matrix } from "ml-matrix";
import { expect, it } from "vitest";
import type { MaximumLikelihood } from "../../../src/frequentist/maximum-likelihood.ts";
import { reml } from "../../../src/frequentist/method.ts";
import { coefficientInference } from "../../../src/frequentist/small-sample/coefficient-inference.ts";
import { fillFactor } from "../../../src/model/parameter-layout.ts";
import { model } from "../../../src/model-builder.ts";
import { corAR1, corCompSymm, corExp, corSymm, varIdent, varPower } from "../../../src/public/residual.ts";
import { createRng } from "../../../src/random/rng.ts";
import { residualStructure } from "../../../src/residual/residual-structure.ts";

/** V as a function of natural parameters [Λ | σ, ψ]. */
function covarianceOf({ model: { design, layout, data } }: MaximumLikelihood, x: Float64Array): Matrix {
  const { n } = design;
  const V = Matrix.zeros(n, n);
  layout.terms.forEach((term, t) => {
    const { index, Z, q } = design.random[t]!;
    const L = new Float64Array(q * q);
    fillFactor(term, x, L);
    const S = new Matrix(q, q);
    for (let a = 0; a < q; a++)
      for (let b = 0; b < q; b++) {
        let sum = 0;
        for (let c = 0; c < q; c++) sum += L[a * q + c]! * L[b * q + c]!;
        S.set(a, b, sum);
      }
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        if (index[i] !== index[j]) continue;
        let sum = V.get(i, j);
        for (let a = 0; a < q; a++) for (let b = 0; b < q; b++) sum += Z[i * q + a]! * S.get(a, b) * Z[j * q + b]!;
        V.set(i, j, sum);
      }
  });
  const variance = x[layout.phi.offset]! ** 2;
  const structure = data.residual ? residualStructure(data.residual) : null;
  structure?.set(x, layout.phi.offset + 1);
  for (let j = 0; j < n; j++) {
    const unit = new Float64Array(n);
    unit[j] = 1;
    structure?.multiply(unit);
    for (let i = 0; i < n; i++)
      V.set(
        i,
        j,
        V.get(i, j) + (variance * unit[i]!) / Math.sqrt((design.weights?.[i] ?? 1) * (design.weights?.[j] ?? 1)),
      );
  }
  return V;
}

const trace = (A: Matrix, B: Matrix): number => {
  let sum = 0;
  for (let i = 0; i < A.rows; i++) for (let j = 0; j < A.columns; j++) sum += A.get(i, j) * B.get(j, i);
  return sum;
};

function dense(fit: MaximumLikelihood) {
  const { design, layout } = fit.model;
  const p = layout.beta[0]!.size;
  const X = new Matrix(
    Array.from({ length: design.n }, (_, i) => Array.from(design.predictors[0]!.X.subarray(i * p, i * p + p))),
  );
  const x = fit.estimate;
  const m = layout.size - p;
  const h = Array.from({ length: m }, (_, i) => 2e-4 * Math.min(Math.max(Math.abs(x[p + i]!), 0.05), 1));
  const at = (moves: readonly (readonly [number, number])[]) => {
    const point = x.slice();
    for (const [i, step] of moves) point[p + i]! += step * h[i]!;
    return covarianceOf(fit, point);
  };
  const V = at([]);
  const Vi = inverse(V);
  const first = h.map((step, i) => Matrix.sub(at([[i, 1]]), at([[i, -1]])).div(2 * step));
  const Phi = inverse(X.transpose().mmul(Vi).mmul(X));
  const ViX = Vi.mmul(X);
  const P = first.map((D) => ViX.transpose().mmul(D).mmul(ViX).mul(-1));
  const Q = first.map((D) => first.map((E) => ViX.transpose().mmul(D).mmul(Vi).mmul(E).mmul(ViX)));
  const information = new Matrix(m, m);
  const PP = Matrix.sub(Vi, ViX.mmul(Phi).mmul(ViX.transpose()));
  const restricted = first.map((D) => PP.mmul(D));
  for (let i = 0; i < m; i++)
    for (let j = 0; j < m; j++) information.set(i, j, 0.5 * trace(restricted[i]!, restricted[j]!));
  const W = inverse(information);
  // Kenward & Roger 2009
  let second = Matrix.zeros(design.n, design.n);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < m; j++) {
      const D =
        i === j
          ? Matrix.add(at([[i, 1]]), at([[i, -1]]))
              .sub(Matrix.mul(V, 2))
              .div(h[i]! ** 2)
          : Matrix.sub(
              at([
                [i, 1],
                [j, 1],
              ]),
              at([
                [i, 1],
                [j, -1],
              ]),
            )
              .sub(
                at([
                  [i, -1],
                  [j, 1],
                ]),
              )
              .add(
                at([
                  [i, -1],
                  [j, -1],
                ]),
              )
              .div(4 * h[i]! * h[j]!);
      second = second.add(D.mul(W.get(i, j)));
    }
  const U = Matrix.zeros(p, p);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < m; j++) U.add(Matrix.sub(Q[i]![j]!, P[i]!.mmul(Phi).mmul(P[j]!)).mul(W.get(i, j)));
  U.sub(ViX.transpose().mmul(second).mmul(ViX).mul(0.25));
  const rho = first.map((_, i) => trace(PP.mmul(second), restricted[i]!));
  for (let s = 0; s < m; s++) {
    let bias = 0;
    for (let i = 0; i < m; i++) bias -= 0.25 * W.get(s, i) * rho[i]!;
    U.add(Matrix.mul(P[s]!, 0.5 * bias));
  }
  const adjusted = Matrix.add(Phi, Phi.mmul(U).mmul(Phi).mul(2));
  const df = (l: readonly number[], covariance: Matrix) => {
    const moved = Phi.mmul(Matrix.columnVector([...l]));
    const variance = Matrix.rowVector([...l])
      .mmul(moved)
      .get(0, 0);
    const slope = Matrix.columnVector(P.map((one) => moved.transpose().mmul(one).mmul(moved).get(0, 0)));
    return (2 * variance ** 2) / slope.transpose().mmul(covariance).mmul(slope).get(0, 0);
  };
  // the observed information: −ℓ of the restricted likelihood by differences
  const y = Matrix.columnVector(Array.from(design.y, (value, i) => value - design.predictors[0]!.offset[i]!));
  const criterion = (moves: readonly (readonly [number, number])[]) => {
    const v = at(moves);
    const vi = inverse(v);
    const c = X.transpose().mmul(vi).mmul(X);
    const b = inverse(c).mmul(X.transpose().mmul(vi).mmul(y));
    const r = Matrix.sub(y, X.mmul(b));
    return 0.5 * (Math.log(determinant(v)) + Math.log(determinant(c)) + r.transpose().mmul(vi).mmul(r).get(0, 0));
  };
  const observed = new Matrix(m, m);
  const far = 2;
  for (let i = 0; i < m; i++)
    for (let j = 0; j <= i; j++) {
      const value =
        i === j
          ? (criterion([[i, far]]) + criterion([[i, -far]]) - 2 * criterion([])) / (far * h[i]!) ** 2
          : (criterion([
              [i, far],
              [j, far],
            ]) -
              criterion([
                [i, far],
                [j, -far],
              ]) -
              criterion([
                [i, -far],
                [j, far],
              ]) +
              criterion([
                [i, -far],
                [j, -far],
              ])) /
            (4 * far * far * h[i]! * h[j]!);
      observed.set(i, j, value);
      observed.set(j, i, value);
    }
  return {
    adjusted,
    df: (l: readonly number[]) => ({ kenwardRoger: df(l, W), satterthwaite: df(l, inverse(observed)) }),
  };
}

const rng = createRng("dense small samples");
const rows = Array.from({ length: 36 }, (_, i) => i);
const columns = {
  g: rows.map((i) => `g${Math.floor(i / 6)}`),
  h: rows.map((i) => `h${(i * 7 + Math.floor(i / 6)) % 4}`),
  t: rows.map((i) => i % 6),
  u: rows.map((i) => ((i % 6) + 0.5 * rng.uniform()) ** 1.1),
  s: rows.map((i) => (i % 2 ? "a" : "b")),
  x: rows.map((i) => (Math.floor(i / 6) % 2) + 0.3 * rng.normal()),
  o: rows.map((i) => "pqr"[i % 3]!),
  w: rows.map(() => 0.5 + rng.uniform()),
  y: [] as number[],
  v: [] as number[],
};
const ofG = Array.from({ length: 6 }, () => rng.normal());
const ofH = Array.from({ length: 4 }, () => 0.8 * rng.normal());
let last = 0;
columns.y = rows.map((i) => {
  last = (i % 6 ? 0.5 * last : 0) + (columns.s[i] === "a" ? 1 : 0.6) * rng.normal();
  return (
    3 +
    0.5 * columns.x[i]! +
    0.2 * columns.t[i]! +
    1.2 * ofG[Math.floor(i / 6)]! +
    ofH[(i * 7 + Math.floor(i / 6)) % 4]! +
    last
  );
});
const ofBoth = Array.from({ length: 18 }, (_, k) => (1 + (k % 3)) * rng.normal());
columns.v = rows.map((i) => columns.y[i]! + 2 * ofG[Math.floor(i / 6)]! + ofBoth[3 * Math.floor(i / 6) + (i % 3)]!);

const base = model(columns);
it.each([
  ["crossed, with weights", base.weights("w").formula("y ~ x + t + (1 | g) + (1 | h)")],
  ["correlated slopes", base.formula("y ~ x + t + (t | g)")],
  ["compound symmetry of unequal variances", base.formula("v ~ x + t + cs(0 + o | g)")],
  ["AR(1) residuals", base.formula("y ~ x + t").residual({ correlation: corAR1("t | g") })],
  ["AR(1) beside random effects", base.formula("y ~ x + t + (1 | h)").residual({ correlation: corAR1("t | g") })],
  [
    "variances by stratum beside random effects",
    base.formula("y ~ x + t + (1 | g)").residual({ variance: varIdent("s") }),
  ],
  [
    "a power of a covariate",
    base.formula("y ~ x + t").residual({ variance: varPower("u"), correlation: corCompSymm("1 | g") }),
  ],
  ["spatial", base.formula("y ~ x + t").residual({ correlation: corExp("u | g") })],
  ["a predicted dispersion", base.formula("y ~ x + t + (1 | g)").dispersion("~ s")],
] as const)("%s", async (_, declared) => {
  const fit = (await declared.fit(reml())) as MaximumLikelihood;
  expect(fit.verdict).toMatchObject({ code: "converged" });
  if (fit.model.design.predictors.length > 1) {
    // the same model in other words
    const other = (await base
      .formula("y ~ x + t + (1 | g)")
      .residual({ variance: varIdent("s") })
      .fit(reml())) as MaximumLikelihood;
    for (const ddf of ["satterthwaite", "kenward-roger"] as const)
      for (const key of ["df", "std_error"] as const) {
        const [a, b] = [fit, other].map((one) =>
          one
            .tidy({ ddf })
            .slice(0, 3)
            .map((row) => row[key]!),
        );
        for (const [k, value] of a!.entries()) expect(value / b![k]!).toBeCloseTo(1, 4);
      }
    return;
  }
  const { adjusted, df } = dense(fit);
  const kr = coefficientInference(fit, "kenward-roger");
  const satterthwaite = coefficientInference(fit, "satterthwaite");
  for (const l of [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
    [1, 0.5, 3],
  ]) {
    const want = df(l);
    expect(kr.df(l) / want.kenwardRoger).toBeCloseTo(1, 4);
    expect(satterthwaite.df(l) / want.satterthwaite).toBeCloseTo(1, 3);
    const row = Matrix.rowVector(l);
    expect(kr.standardError(l) ** 2 / row.mmul(adjusted).mmul(row.transpose()).get(0, 0)).toBeCloseTo(1, 4);
  }
});

it("an unstructured residual covariance is unstructured random effects", async () => {
  const three = rows.filter((i) => i % 6 < 3);
  const table = Object.fromEntries(
    Object.entries(columns).map(([name, values]) => [name, three.map((i) => values[i]!)]),
  );
  const declared = model(table as object as typeof columns).formula("y ~ t");
  const fit = await declared.residual({ correlation: corSymm("t | g"), variance: varIdent("t") }).fit(reml());
  // six groups: Hotelling's five degrees of freedom
  for (const { df } of fit.tidy({ effects: ["fixed"], ddf: "kenward-roger" })) expect(df).toBeCloseTo(5, 6);
});

it("a variance at 0 costs the degrees of freedom that it costs beside it, and a unit of weights none", async () => {
  const y = rows.map((i) => [1, -1, 2, -2, 0.5, -0.5][i % 6]! + 0.01 * Math.sin(i));
  const x = rows.map((i) => (Math.floor(i / 6) % 2 ? "a" : "b"));
  const flat = await model({ y, x, g: columns.g }).formula("y ~ x + (1 | g)").fit();
  expect(flat.verdict.code).toBe("boundary");
  for (const ddf of ["satterthwaite", "kenward-roger"] as const)
    expect(
      flat
        .tidy({ ddf })
        .slice(0, 2)
        .map(({ df }) => df!.toFixed(6)),
    ).toEqual(["4.000000", "4.000000"]);
  const weighted = (w: readonly number[]) =>
    model({ ...columns, w })
      .weights("w")
      .formula("y ~ x + (1 | g)")
      .fit();
  const [one, other] = [await weighted(columns.w), await weighted(columns.w.map((value) => 1000 * value))];
  const rowsOf = (fit: typeof one) => fit.tidy({ ddf: "kenward-roger", effects: ["fixed"] });
  rowsOf(one).forEach(({ df, std_error }, k) => {
    expect(rowsOf(other)[k]!.df! / df!).toBeCloseTo(1, 5);
    expect(rowsOf(other)[k]!.std_error! / std_error!).toBeCloseTo(1, 5);
  });
  // frequencies are rows written again
  const f = rows.map((i) => 1 + (i % 3));
  const counted = await model({ ...columns, f })
    .frequencyWeights("f")
    .formula("y ~ x + (1 | g)")
    .fit();
  const again = rows.flatMap((i) => new Array<number>(f[i]!).fill(i));
  const written = await model({
    y: again.map((i) => columns.y[i]!),
    x: again.map((i) => columns.x[i]!),
    g: again.map((i) => columns.g[i]!),
  })
    .formula("y ~ x + (1 | g)")
    .fit();
  for (const ddf of ["satterthwaite", "kenward-roger"] as const) {
    const want = written.tidy({ ddf });
    for (const [k, { df }] of counted.tidy({ ddf }).slice(0, 2).entries()) expect(df! / want[k]!.df!).toBeCloseTo(1, 4);
  }
});
