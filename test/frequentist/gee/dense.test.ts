import { inverse, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { type EstimatingEquations, type GeeOptions, gee, model } from "../../../src/index.ts";
import { readTable } from "../../../src/node/index.ts";
import { clusterBootstrap } from "../../../src/public/engines.ts";
import { toTable } from "../../../src/public/exchange.ts";
import { ar1, exchangeable, fixedCorrelation, mDependent, stationary, unstructured } from "../../../src/public/gee.ts";
import { type DenseCluster, denseCovariances, smallestSingularValue } from "./dense.ts";

const table = await readTable(new URL("../../fixtures/gee/families.csv", import.meta.url));
const numbers = (name: string) => {
  const column = toTable(table).column(name);
  if (column?.kind !== "numeric") throw new Error(`${name} is not numeric`);
  return column.values;
};
const [id, wave, x] = [numbers("id"), numbers("wave"), numbers("x")];

interface Case {
  readonly response: string;
  readonly family: { readonly name: string; readonly link?: string };
  readonly variance: (mu: number) => number;
  readonly inverseLink: (eta: number) => readonly [mu: number, slope: number];
  readonly options: Partial<GeeOptions>;
}

const log = (eta: number) => [Math.exp(eta), Math.exp(eta)] as const;
const logit = (eta: number) => {
  const mu = 1 / (1 + Math.exp(-eta));
  return [mu, mu * (1 - mu)] as const;
};
const FIXED = [0, 1, 2, 3].map((j) => [0, 1, 2, 3].map((k) => (Math.abs(j - k) === 3 ? 0.2 : 0.5 ** Math.abs(j - k))));
const cases: Readonly<Record<string, Case>> = {
  "Gamma, stationary": {
    response: "g",
    family: { name: "Gamma", link: "log" },
    variance: (mu) => mu * mu,
    inverseLink: log,
    options: { correlation: stationary(), wave: "wave" },
  },
  "nbinom2 with θ = 2, 2-dependent": {
    response: "k",
    family: { name: "nbinom2" },
    variance: (mu) => mu + (mu * mu) / 2,
    inverseLink: log,
    options: { correlation: mDependent(2), wave: "wave", parameters: { theta: 2 } },
  },
  "Poisson, AR(1) over gaps": {
    response: "c",
    family: { name: "poisson" },
    variance: (mu) => mu,
    inverseLink: log,
    options: { correlation: ar1(), wave: "wave" },
  },
  "Poisson, exchangeable, scale fixed at 1.4": {
    response: "c",
    family: { name: "poisson" },
    variance: (mu) => mu,
    inverseLink: log,
    options: { correlation: exchangeable(), scaleFix: 1.4 },
  },
  "binomial, fixed correlation": {
    response: "s",
    family: { name: "binomial" },
    variance: (mu) => mu * (1 - mu),
    inverseLink: logit,
    options: { correlation: fixedCorrelation(FIXED), wave: "wave" },
  },
  "binomial, unstructured": {
    response: "s",
    family: { name: "binomial" },
    variance: (mu) => mu * (1 - mu),
    inverseLink: logit,
    options: { correlation: unstructured(), wave: "wave" },
  },
};

const places = (c: number) => Array.from(id.keys()).filter((i) => id[i] === c);
const ids = [...new Set(id)];

function clustersOf({ response, variance, inverseLink }: Case, fit: EstimatingEquations): DenseCluster[] {
  const y = numbers(response);
  const { occasions, matrix } = fit.workingCorrelation();
  const [b0, b1] = [fit.estimate[0]!, fit.estimate[1]!];
  const T = occasions.length;
  return ids.map((c) => {
    const rows = places(c);
    // without waves the occasions are the places in the cluster
    const at = rows.map((i, k) => (fit.requested.wave === null ? k : occasions.indexOf(String(wave[i]))));
    const mean = rows.map((i) => inverseLink(b0 + b1 * x[i]!));
    const root = mean.map(([mu]) => Math.sqrt(variance(mu)));
    return {
      X: new Matrix(rows.map((i) => [1, x[i]!])),
      y: Matrix.columnVector(rows.map((i) => y[i]!)),
      mu: Matrix.columnVector(mean.map(([mu]) => mu)),
      D: new Matrix(rows.map((i, k) => [mean[k]![1], mean[k]![1] * x[i]!])),
      V: new Matrix(rows.map((_, j) => rows.map((__, k) => root[j]! * root[k]! * matrix[at[j]! * T + at[k]!]!))),
    };
  });
}

const fitCase = ({ response, family, options }: Case) =>
  model(table)
    .formula(`${response} ~ x`)
    .family(family)
    .fit(gee({ id: "id", ...options }));

describe("equations and covariances with full matrices", () => {
  it.each(Object.entries(cases))("%s", async (_name, declared) => {
    const fit = await fitCase(declared);
    const clusters = clustersOf(declared, fit);
    expect(Math.min(...clusters.map(({ V }) => smallestSingularValue(V)))).toBeGreaterThan(1e-3);
    const dense = denseCovariances(clusters, fit.scale);
    const size = fit.estimate.length;
    expect(() => fit.vcov("MDD" as never)).toThrow(/The covariance of vcov\(\) must be "robust"/);
    // the score in standard errors
    const { score, naive } = dense;
    expect(Math.sqrt(score.transpose().mmul(naive).mmul(score).get(0, 0))).toBeLessThan(1e-6);
    for (const kind of ["naive", "robust", "KC", "MD", "FG"] as const) {
      const V = fit.vcov(kind);
      const wanted = dense[kind];
      for (let j = 0; j < 2; j++)
        for (let k = 0; k < 2; k++) {
          const unit = Math.sqrt(wanted.get(j, j) * wanted.get(k, k));
          expect(Math.abs(V[j * size + k]! - wanted.get(j, k)) / unit).toBeLessThan(1e-7);
        }
    }
  });

  it("moments of scale and correlation are averages of products of Pearson residuals", async () => {
    const fit = await fitCase(cases["Gamma, stationary"]!);
    const raw = fit.residuals("pearson");
    expect(raw.reduce((sum, e) => sum + e * e, 0) / raw.length).toBeCloseTo(1, 10);
    const sums = new Map<number, [number, number]>();
    for (const c of ids) {
      const rows = places(c);
      for (const i of rows)
        for (const k of rows) {
          if (wave[k]! <= wave[i]!) continue;
          const entry = sums.get(wave[k]! - wave[i]!) ?? [0, 0];
          sums.set(wave[k]! - wave[i]!, [entry[0] + raw[i]! * raw[k]!, entry[1] + 1]);
        }
    }
    expect(fit.correlation.names).toEqual(["alpha.1", "alpha.2", "alpha.3"]);
    fit.correlation.estimate.forEach((alpha, lag) => {
      const [sum, count] = sums.get(lag + 1)!;
      expect(alpha).toBeCloseTo(sum / count, 8);
    });
  });
});

describe("frequency weights count clusters", () => {
  const times = (c: number) => 1 + (c % 3);
  const columns = { id, wave, x, c: numbers("c") };
  const weighted = { ...columns, f: id.map(times) };
  const expanded: Record<string, number[]> = { id: [], wave: [], x: [], c: [] };
  for (const c of ids)
    for (let copy = 0; copy < times(c); copy++)
      for (const i of places(c)) {
        expanded["id"]!.push(c + 1000 * copy);
        for (const name of ["wave", "x", "c"] as const) expanded[name]!.push(columns[name][i]!);
      }
  const poisson = { name: "poisson" };

  it.each([exchangeable(), ar1(), unstructured()])("as the expanded table, $kind", async (correlation) => {
    const method = gee({ id: "id", wave: "wave", correlation });
    const short = await model(weighted).formula("c ~ x").family(poisson).frequencyWeights("f").fit(method);
    const long = await model(expanded).formula("c ~ x").family(poisson).fit(method);
    const near = (a: ArrayLike<number>, b: ArrayLike<number>) => {
      expect(a.length).toBe(b.length);
      for (let k = 0; k < a.length; k++) expect(a[k]!).toBeCloseTo(b[k]!, 8);
    };
    near(short.estimate, long.estimate);
    near(short.correlation.estimate, long.correlation.estimate);
    for (const kind of ["robust", "naive", "KC", "MD", "FG", "j1s"] as const) near(short.vcov(kind), long.vcov(kind));
    near(short.nuisanceCovariance(), long.nuisanceCovariance());
    near(
      Object.values(short.criteria()!).map((value) => value / 100),
      Object.values(long.criteria()!).map((value) => value / 100),
    );
    expect(short.glance().clusters).toBe(long.glance().clusters);
    expect(short.glance().nobs).toBe(long.glance().nobs);
  });

  it("are resampled as the expanded table", async () => {
    const method = gee({ id: "id", wave: "wave", correlation: exchangeable() });
    const short = await model(weighted).formula("c ~ x").family(poisson).frequencyWeights("f").fit(method);
    const long = await model(expanded).formula("c ~ x").family(poisson).fit(method);
    const [one, other] = [short, long].map((fit) => clusterBootstrap(fit, { resamples: 5, seed: "counted" }));
    expect(one!.kept).toBe(5);
    expect(one!.clusters).toBe(other!.clusters);
    one!.replicates.forEach((value, k) => {
      expect(value).toBeCloseTo(other!.replicates[k]!, 8);
    });
    const halves = { ...weighted, f: id.map((c) => times(c) + 0.5) };
    const halved = await model(halves).formula("c ~ x").family(poisson).frequencyWeights("f").fit(method);
    expect(() => clusterBootstrap(halved, { resamples: 5, seed: 1 })).toThrow(/counted 2.5 times.*whole numbers/);
  });

  it("refuses weights that differ within a cluster", async () => {
    const uneven = { ...columns, f: id.map((_, i) => 1 + (i % 2)) };
    const declared = model(uneven).formula("c ~ x").family(poisson).frequencyWeights("f");
    await expect(declared.fit(gee({ id: "id" }))).rejects.toThrow(/'f' differ within cluster '1' \(row 2\)/);
  });
});

describe("errors of scale and correlation", () => {
  const declared: Case = { ...cases["Poisson, AR(1) over gaps"]! };

  /** [φ, α] at β with clusters weighted, straight from their definitions. */
  function momentsAt(kind: string, beta: readonly number[], weight: (c: number) => number): number[] {
    const y = numbers(declared.response);
    const e = id.map((_, i) => {
      const mu = Math.exp(beta[0]! + beta[1]! * x[i]!);
      return (y[i]! - mu) / Math.sqrt(mu);
    });
    let [square, rows] = [0, 0];
    const sums = new Map<number, [number, number]>();
    for (const c of ids) {
      const w = weight(c);
      const own = places(c);
      own.forEach((i, j) => {
        square += w * e[i]! ** 2;
        rows += w;
        for (const k of own.slice(j + 1)) {
          const lag = kind === "exchangeable" ? 1 : wave[k]! - wave[i]!;
          const [sum, count] = sums.get(lag) ?? [0, 0];
          sums.set(lag, [sum + w * e[i]! * e[k]!, count + w]);
        }
      });
    }
    const phi = square / rows;
    const lags = [...sums.keys()].sort((a, b) => a - b);
    const means = lags.map((lag) => sums.get(lag)![0] / sums.get(lag)![1] / phi);
    if (kind !== "ar1") return [phi, ...means];
    // the root of the slope of Σ n (z − α^l)² by bisection
    const slope = (a: number) =>
      lags.reduce((s, lag, l) => s + sums.get(lag)![1] * lag * a ** (lag - 1) * (means[l]! - a ** lag), 0);
    let [low, high] = [0, 1];
    for (let k = 0; k < 60; k++) {
      const middle = (low + high) / 2;
      if (slope(middle) > 0) low = middle;
      else high = middle;
    }
    return [phi, low];
  }

  it.each([exchangeable(), ar1(), stationary()])(
    "are those of the clusters' influences: $kind",
    async (correlation) => {
      const { kind } = correlation;
      const fit = await fitCase({
        ...declared,
        options: { correlation, ...(kind !== "exchangeable" && { wave: "wave" }) },
      });
      const beta = [fit.estimate[0]!, fit.estimate[1]!];
      const at = momentsAt(kind, beta, () => 1);
      [fit.scale, ...fit.correlation.estimate].forEach((value, t) => {
        expect(at[t]).toBeCloseTo(value, 7);
      });
      const h = 1e-5;
      const difference = (of: (step: number) => number[]) => {
        const [up, down] = [of(h), of(-h)];
        return up.map((value, t) => (value - down[t]!) / (2 * h));
      };
      const byBeta = [0, 1].map((j) =>
        difference((step) =>
          momentsAt(
            kind,
            beta.map((b, k) => (k === j ? b + step : b)),
            () => 1,
          ),
        ),
      );
      const clusters = clustersOf(declared, fit);
      const { naive } = denseCovariances(clusters, 1);
      const size = at.length;
      const wanted = new Float64Array(size * size);
      ids.forEach((c, place) => {
        const { D, V, y, mu } = clusters[place]!;
        const moved = naive.mmul(D.transpose()).mmul(inverse(V)).mmul(Matrix.sub(y, mu));
        const influence = difference((step) => momentsAt(kind, beta, (other) => (other === c ? 1 + step : 1))).map(
          (own, t) => own + byBeta[0]![t]! * moved.get(0, 0) + byBeta[1]![t]! * moved.get(1, 0),
        );
        for (let t = 0; t < size; t++)
          for (let l = 0; l < size; l++) wanted[t * size + l]! += influence[t]! * influence[l]!;
      });
      const V = fit.nuisanceCovariance();
      for (let t = 0; t < size; t++)
        for (let l = 0; l < size; l++) {
          const unit = Math.sqrt(wanted[t * size + t]! * wanted[l * size + l]!);
          expect(Math.abs(V[t * size + l]! - wanted[t * size + l]!) / unit).toBeLessThan(1e-6);
        }
    },
  );

  it("leaves out that of a fixed scale", async () => {
    const fit = await fitCase({ ...declared, options: { correlation: exchangeable(), scaleFix: 1.3 } });
    const aux = fit.tidy({ effects: ["aux"] });
    expect(aux[0]).toMatchObject({ term: "scale", estimate: 1.3, std_error: null });
    expect(aux[1]!.std_error).toBeGreaterThan(0);
  });
});
