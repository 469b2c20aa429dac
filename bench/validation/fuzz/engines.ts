/**
 * Every engine on tables of every content: quasi-likelihood, quadrature, estimating equations, and posteriors of tiny chains with what is made of them
 * (resumed, corrected, calibrated, saved, written as files and read again).
 */
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { library } from "../../library.ts";
import { Nonsense, type Trial } from "./run-kind.ts";
import { checkRows, type Data, data, record } from "./tables.ts";

const L = library;

const FORMULAS = [
  "y ~ x",
  "y ~ 1",
  "y ~ x + (1 | g)",
  "y ~ x + (1 | g)",
  "y ~ 1 + (1 | g)",
  "y ~ x + (x | g)",
  "y ~ x + (0 + x | g)",
  "y ~ 1 + (1 | g) + (1 | h)",
  "y ~ g",
  "y ~ x * g",
  "y ~ poly(x, 2)",
  "y ~ x + offset(h)",
];
const families = [
  undefined,
  undefined,
  L.poisson(),
  L.binomial(),
  L.nbinom2(),
  L.Gamma({ link: "log" }),
  L.cumulative(),
  L.binomial({ link: "probit" }),
  L.poisson({ link: "sqrt" }),
];
const short = { chains: 2, warmup: 6, draws: 6, seed: 1 };
const correlations = [
  L.independence(),
  L.exchangeable(),
  L.ar1(),
  L.stationary(),
  L.mDependent(1),
  L.unstructured(),
  L.fixedCorrelation([
    [1, 0.2],
    [0.2, 1],
  ]),
];

type Declared = ReturnType<ReturnType<typeof L.model>["formula"]>;
type Posterior = Awaited<ReturnType<Declared["sample"]>>;

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const bad = (value: number | null | undefined): boolean => value !== null && value !== undefined && Number.isNaN(value);

/** A fit by likelihood or estimating equations says what is so, or that it is none. */
async function checkMaximum(declared: Declared, method: unknown): Promise<void> {
  const fit = await declared.fit(method as never);
  const { converged, singular } = fit.glance() as { converged: boolean; singular?: boolean };
  if (!converged && fit.warnings.length === 0) throw new Nonsense("not converged, and no warning says so");
  const rows = fit.tidy();
  if (!converged) return;
  for (const row of rows) {
    const none = singular && row.term.startsWith("cor__");
    if (!Number.isFinite(row.estimate) && !none && row.estimate !== null && !saysSo(fit.warnings))
      throw new Nonsense(`converged with ${row.term} ${row.estimate}`);
    const { std_error, statistic, p_value, conf_low, conf_high } = row;
    if ([std_error, statistic, p_value, conf_low, conf_high].some(bad))
      throw new Nonsense(`NaN in the row of ${row.effect}`);
    if (std_error !== null && std_error < 0) throw new Nonsense("a standard error below 0");
  }
  const means = fit.fitted();
  const categories = fit.model.design.categories?.length ?? 1;
  if (means.length !== fit.glance().nobs * categories || !means.every(Number.isFinite))
    throw new Nonsense("fitted values are not numbers, one a row used");
  if (categories === 1 && !fit.residuals().every(Number.isFinite)) throw new Nonsense("residuals are not numbers");
  const text = JSON.stringify(L.saveFit(fit as never));
  if (!isDeepStrictEqual(plain(L.saveFit(L.loadFit(text) as never)), JSON.parse(text)))
    throw new Nonsense("another fit from its file");
}

/** Whether infinite estimates are explained. */
const saysSo = (warnings: readonly { readonly code: string }[]): boolean =>
  warnings.some(({ code }) => ["boundary", "separation"].includes(code));

function checkPosterior(fit: Posterior): void {
  const { values, chains, drawsPerChain, size } = fit.draws;
  if (values.length !== chains * drawsPerChain * size) throw new Nonsense("draws of another number");
  if (!values.every(Number.isFinite)) throw new Nonsense("draws that are no numbers");
  for (const row of fit.tidy()) {
    if ([row.std_error, row.conf_low, row.conf_high].some(bad) || bad(row.estimate))
      throw new Nonsense(`NaN in the row of ${row.effect}`);
  }
}

/** Draws as files: read again they are the draws, and make the same posterior. */
function checkFiles(declared: Declared, fit: Posterior, way: number): void {
  const named = L.namedDraws(fit);
  const again =
    way === 0
      ? L.drawsFromCmdStan(L.drawsToCmdStan(fit))
      : way === 1
        ? L.drawsFromArrow(L.drawsToArrow(fit))
        : L.readInferenceData(L.inferenceDataText(fit)).draws;
  const wanted = new Map(named.variables.map(({ name, values }) => [name, values]));
  for (const { name, values } of again.variables) {
    const own = wanted.get(name);
    if (
      own &&
      !values.every((value, i) => Object.is(value, own[i]) || Math.abs(value - own[i]!) <= 1e-12 * Math.abs(own[i]!))
    )
      throw new Nonsense(`the draws of ${name} changed in a file`);
  }
  const study = L.posteriorFromDraws(declared, again);
  const terms = (rows: readonly { readonly term: string; readonly estimate: number | null }[]) =>
    rows.map(({ term, estimate }) => ({ term, estimate: estimate === null ? null : Number(estimate.toPrecision(8)) }));
  if (!isDeepStrictEqual(terms(study.tidy()), terms(fit.tidy())))
    throw new Nonsense("another posterior from its draws");
}

const samplers = [
  L.nuts(short),
  L.hmc({ ...short, steps: 3 } as never),
  L.gibbs(short),
  L.nuts({ ...short, target: "joint" } as never),
];

async function checkSampled(declared: Declared, sampler: number, then: number): Promise<void> {
  const states: unknown[] = [];
  const fit = await declared.sample(
    samplers[sampler]! as never,
    {
      ...(then === 0 && { checkpoint: (state: unknown) => states.push(plain(state)), every: 5 }),
    } as never,
  );
  checkPosterior(fit);
  if (then === 0 && states.length > 1) {
    const resumed = await L.resume(states[0] as never);
    if (!isDeepStrictEqual([...resumed.draws.values], [...fit.draws.values]))
      throw new Nonsense("resumed to other draws");
  } else if (then === 1) {
    const corrected = L.correctIntegral(fit, { nodes: 5, importanceDraws: 10 });
    const total = corrected.weights.reduce((sum, value) => sum + value, 0);
    if (!(Math.abs(total - 1) < 1e-8)) throw new Nonsense(`weights that sum to ${total}`);
    corrected.tidy();
  } else if (then === 2) {
    const text = JSON.stringify(L.saveFit(fit));
    if (!isDeepStrictEqual(plain(L.saveFit(L.loadFit(text) as never)), JSON.parse(text)))
      throw new Nonsense("another fit from its file");
  } else if (then >= 3 && then <= 5) checkFiles(declared, fit, then - 3);
  else if (then === 6) {
    const { rows } = L.predict(fit);
    if (rows.length !== fit.glance().nobs * (fit.model.design.categories?.length ?? 1))
      throw new Nonsense("predictions of other rows");
    if (rows.some(({ estimate }) => bad(estimate))) throw new Nonsense("predictions that are NaN");
  } else if (then === 7) {
    const loo = L.loo(fit);
    if (Number.isNaN(loo.elpd_loo)) throw new Nonsense("an elpd that is NaN");
    L.waic(fit);
  } else if (then === 8) L.quantileResiduals(fit);
  else if (then === 9) L.posteriorPredictive(fit, { nsim: 5 });
  else if (then === 10) L.logEvidence(fit, { draws: 10 });
  else if (then === 11) L.populationAverage(fit as never);
  else if (then === 12) await fit.extend(2);
}

async function checkCalibration(declared: Declared): Promise<void> {
  const { quantities } = await L.sbc(declared, {
    fits: 2,
    sampler: L.nuts({ chains: 1, warmup: 6, draws: 4 }),
    seed: 1,
    draws: 3,
  } as never);
  for (const { name, ranks } of quantities as readonly { name: string; ranks: ArrayLike<number> }[])
    if (!Array.from(ranks).every((rank) => rank >= 0)) throw new Nonsense(`a rank of ${name} that is none`);
}

const priors = [undefined, undefined, L.normal(0, 2), L.flat(), L.studentT(3, 0, 2), L.horseshoe(), L.R2D2()];

/** Columns that most families take, at times with one of any content in the place of one of them. */
const columns: fc.Arbitrary<Data> = fc
  .tuple(fc.integer({ min: 6, max: 14 }), fc.nat(3), fc.constantFrom(-1, -1, -1, 0, 1, 2, 3))
  .chain(([n, kind, odd]) => {
    const list = <T>(value: fc.Arbitrary<T>) =>
      fc.array(value as fc.Arbitrary<unknown>, { minLength: n, maxLength: n });
    const y = [
      fc.integer({ min: 0, max: 9 }),
      fc.nat(1),
      fc.integer({ min: 1, max: 4 }),
      fc.double({ min: 0.1, max: 9, noNaN: true }),
    ];
    return fc
      .tuple(
        list(y[kind]!),
        list(fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ min: -3, max: 3, noNaN: true }))),
        list(fc.constantFrom("a", "b", "c", "d")),
        list(fc.integer({ min: 1, max: 4 })),
        data,
      )
      .map(([y, x, g, h, other]) => {
        const all: [string, unknown][] = [
          ["y", y],
          ["x", x],
          ["g", g],
          ["h", h],
        ];
        if (odd >= 0 && Array.isArray(other[odd]![1]))
          all[odd]![1] = Array.from(
            { length: n },
            (_, i) => (other[odd]![1] as unknown[])[i % (other[odd]![1] as unknown[]).length],
          );
        return all;
      });
  });

type Act = readonly [name: string, weight: number, run: (declared: Declared, k: number) => Promise<void>];
const acts: readonly Act[] = [
  ["pql", 2, (declared) => checkMaximum(declared, L.pql())],
  ["laplace", 1, (declared) => checkMaximum(declared, L.laplace())],
  ["agq", 1, (declared) => checkMaximum(declared, L.agq(3))],
  ["ml", 1, (declared) => checkMaximum(declared, L.ml())],
  [
    "gee",
    3,
    (declared, k) =>
      checkMaximum(
        declared,
        L.gee({ id: "g", correlation: correlations[k % correlations.length]!, ...(k > 13 && { wave: "h" }) } as never),
      ),
  ],
  ["sample", 6, (declared, k) => checkSampled(declared, k % samplers.length, Math.floor(k / samplers.length) % 14)],
  ["priorPredictive", 1, async (declared) => void L.priorPredictive(declared, { draws: 3, seed: 1 })],
  ["sbc", 1, checkCalibration],
];

export const trials = (): fc.Arbitrary<Trial> =>
  fc
    .tuple(
      fc.oneof({ weight: 6, arbitrary: columns }, { weight: 1, arbitrary: data }),
      fc.constantFrom(...FORMULAS),
      fc.nat(families.length - 1),
      fc.constantFrom(...acts.flatMap((act) => new Array<Act>(act[1]).fill(act))),
      fc.nat(55),
      fc.constantFrom(...priors),
      fc.constantFrom(undefined, undefined, undefined, "h", "x"),
    )
    .map(([given, formula, family, [act, , run], k, prior, weights]): Trial => {
      const table: Data = given;
      return {
        show: { act, k, formula, family: families[family]?.name, prior, weights, given },
        run: async () => {
          let declared = L.model(record(table) as never).formula(formula) as Declared;
          if (families[family]) declared = declared.family(families[family]) as Declared;
          if (prior) declared = declared.prior("fixed" as never, prior);
          if (weights) declared = declared.weights(weights as never);
          await run(declared, k);
          checkRows(declared as never);
        },
      };
    });
