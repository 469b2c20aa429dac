/** Options of the public functions: unknown and misspelt names, values of the wrong kind, and junk in every argument. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { library } from "../../library.ts";
import { junk } from "./junk.ts";
import { Nonsense, type Trial } from "./run-kind.ts";
import { smallTable } from "./small-table.ts";

const node: typeof import("../../../src/node/index.ts") = await import(
  new URL("../../../dist/node/index.js", import.meta.url).href
);

/** What an option must be: given anything else it is to be refused. */
type Kind = "number" | "flag" | "word" | "text" | "list" | "record" | "seed" | "function" | "signal" | "other";
interface Door {
  readonly name: string;
  readonly options: Readonly<Record<string, Kind>>;
  readonly needed?: Readonly<Record<string, unknown>>;
  readonly run: (options: never) => unknown;
}

const holds: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  number: (value) => typeof value === "number" && !Number.isNaN(value),
  flag: (value) => typeof value === "boolean",
  word: (value) => typeof value === "string",
  text: (value) =>
    typeof value === "string" || (Array.isArray(value) && value.every((item) => typeof item === "string")),
  list: Array.isArray,
  record: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  seed: (value) => typeof value === "string" || Number.isFinite(value),
  function: (value) => typeof value === "function",
  signal: (value) => value instanceof AbortSignal,
  other: () => true,
};

const table = { ...smallTable };

/** Whether options leave everything to the defaults. */
const hasNothing = (options: unknown): boolean =>
  options === undefined ||
  (typeof options === "object" &&
    options !== null &&
    Object.values(options).every((value) => value === undefined) &&
    Object.getPrototypeOf(options) === Object.prototype);

async function doors(): Promise<Door[]> {
  const { model, nuts, hmc, gibbs, gee, exchangeable } = library;
  const declared = model(table).formula("y ~ x + (1 | g)");
  const fit = await declared.fit();
  const posterior = await declared.sample(nuts({ chains: 2, draws: 20, warmup: 30, seed: 1 }));
  const equations = await model(table)
    .formula("y ~ x")
    .fit(gee({ id: "g", correlation: exchangeable() }));
  const signal = { signal: "signal" } as const;
  const common = {
    newdata: "other",
    estimand: "word",
    newLevels: "word",
    residuals: "word",
    seed: "seed",
    draws: "number",
  } as const;
  const chains = { chains: "number", warmup: "number", draws: "number", seed: "seed" } as const;
  const hamiltonian = { ...chains, targetAcceptance: "number", target: "word", metric: "word" } as const;
  const door = (
    name: string,
    options: Door["options"],
    run: (options: never) => unknown,
    needed: Door["needed"] = {},
  ): Door => ({ name, options, run, needed });
  return [
    door("tidy", { effects: "list", confLevel: "number" }, (o) => fit.tidy(o)),
    door("tidy of a posterior", { effects: "list", confLevel: "number" }, (o) => posterior.tidy(o)),
    door("tidy of a GEE", { effects: "list", confLevel: "number" }, (o) => equations.tidy(o)),
    door("predict", { ...common, type: "word", se: "flag", confLevel: "number" }, (o) => library.predict(fit, o)),
    door("predictionDraws", { ...common, type: "word" }, (o) => library.predictionDraws(posterior, o), { draws: 10 }),
    door("simulate", { nsim: "number", seed: "seed", newdata: "other", randomEffects: "word" }, (o) =>
      library.simulate(fit, o),
    ),
    door(
      "populationAverage",
      {
        by: "text",
        at: "record",
        contrasts: "word",
        contrastColumn: "word",
        estimands: "list",
        score: "flag",
        weights: "word",
        confLevel: "number",
      },
      (o) => library.populationAverage(fit, o),
    ),
    door("marginalCoefficients", { confLevel: "number" }, (o) => library.marginalCoefficients(fit, o)),
    door("attenuatedCoefficients", { confLevel: "number" }, (o) => library.attenuatedCoefficients(fit as never, o)),
    door("intraclassCorrelation", { confLevel: "number" }, (o) => library.intraclassCorrelation(fit as never, o)),
    door(
      "clusterBootstrap",
      { resamples: "number", seed: "seed", cluster: "text", confLevel: "number", method: "other", signal: "signal" },
      // the resamples of the default are as much work as they are meant to be
      (o) => library.clusterBootstrap(fit, hasNothing(o) ? ({ resamples: 2 } as never) : o),
      { resamples: 2 },
    ),
    door("compare", { confLevel: "number" }, (o) => library.compare({ fit, posterior } as never, o)),
    door("loo", { by: "word", likelihood: "word", group: "word", draws: "number", ...signal }, (o) =>
      library.loo(posterior, o),
    ),
    door("waic", { by: "word", likelihood: "word", group: "word", draws: "number", ...signal }, (o) =>
      library.waic(posterior, o),
    ),
    door("logLikelihood", { by: "word", likelihood: "word", group: "word", draws: "number", ...signal }, (o) =>
      library.logLikelihood(posterior, o),
    ),
    door(
      "logEvidence",
      { method: "word", draws: "number", nodes: "number", seed: "seed", ...signal },
      (o) => library.logEvidence(posterior, o),
      { draws: 10 },
    ),
    door(
      "posteriorPredictive",
      { group: "word", nsim: "number", randomEffects: "word", seed: "seed", ...signal },
      (o) => library.posteriorPredictive(posterior, o),
      { nsim: 5 },
    ),
    door(
      "quantileResiduals",
      { randomEffects: "word", seed: "seed", draws: "number", leaveOneOut: "flag", group: "word", ...signal },
      (o) => library.quantileResiduals(fit, o),
    ),
    door(
      "priorPredictive",
      { draws: "number", seed: "seed", ...signal },
      (o) => library.priorPredictive(declared as never, o),
      { draws: 5 },
    ),
    door("powerScaleSensitivity", { priors: "list", delta: "number", threshold: "number", ...signal }, (o) =>
      library.powerScaleSensitivity(posterior, o),
    ),
    door("nuts", { ...hamiltonian, maxTreeDepth: "number" }, nuts as never),
    door("hmc", { ...hamiltonian, steps: "number", length: "number" }, hmc as never),
    door("gibbs", { ...chains, thin: "number" }, gibbs as never),
    door(
      "gee",
      { id: "text", wave: "word", stdErr: "word", divisor: "word", parameters: "record", maxIterations: "number" },
      gee as never,
      { id: "g" },
    ),
    door("fit", { start: "other", penalised: "flag", ...signal }, (o) => declared.fit(library.ml(), o)),
    door("drawsToArrow", { randomEffects: "flag", format: "word" }, (o) => library.drawsToArrow(posterior, o)),
    door("drawsToCmdStan", { randomEffects: "flag" }, (o) => library.drawsToCmdStan(posterior, o)),
    door("namedDraws", { randomEffects: "flag" }, (o) => library.namedDraws(posterior, o)),
    door("drawsColumns", { randomEffects: "flag", shape: "word", statistics: "flag" }, (o) =>
      library.drawsColumns(posterior, o),
    ),
    door("inferenceDataText", { randomEffects: "flag", logLikelihood: "other" }, (o) =>
      library.inferenceDataText(posterior, o),
    ),
    door("random", { intercept: "flag", covariance: "word" }, (o) =>
      model(table).response("y").random("g", o).compile(),
    ),
    door("response", { trials: "other" }, (o) => model(table).response("k", o).spec),
    door("residual", { variance: "other", correlation: "other" }, (o) => declared.residual(o).spec),
    door(
      "readTable",
      { delimiter: "word", decimal: "word", naStrings: "list", types: "record", encoding: "word" },
      (o) => node.readTable("examples/data/cbpp.csv", o),
    ),
    door("writeFit", { format: "word" }, (o) =>
      node.writeFit(join(tmpdir(), `marginalia-fuzz-${process.pid}.json`), fit, o),
    ),
    door("workerExecutor", { threads: "number" }, (o) => node.workerExecutor(o)),
    door("horseshoe", { scaleGlobal: "other" }, (o) => library.horseshoe(o)),
    door("summaryText", { confLevel: "number" }, (o) => library.summaryText(fit as never, o)),
  ];
}

/** Wrong names: of nothing, of what every object has, and known ones misspelt. */
const wrongName = (known: readonly string[]) =>
  fc.oneof(
    fc.constantFrom(
      "unknown",
      "constructor",
      "toString",
      "hasOwnProperty",
      "valueOf",
      "Seed",
      "conf_level",
      "level",
      "n",
      "0",
      "",
    ),
    fc.tuple(fc.constantFrom(...known), fc.nat(20), fc.constantFrom("", "x", "s", "_")).map(([name, place, put]) => {
      const at = place % name.length;
      return name.slice(0, at) + put + name.slice(at + 1);
    }),
    fc.constantFrom(...known).map((name) => name.toUpperCase()),
  );

/** Numbers that no result may hold where its options were accepted. */
function checkResult(result: unknown): void {
  if (result === undefined || result === null) throw new Nonsense(`accepted, and gave ${result}`);
}

export async function trials(): Promise<fc.Arbitrary<Trial>> {
  const all = await doors();
  const one = fc.constantFrom(...all);
  return fc.oneof(
    {
      weight: 3,
      arbitrary: one.chain((door) =>
        fc.tuple(wrongName(Object.keys(door.options)), junk).map(([name, value]): Trial => {
          const known = new Set([
            ...Object.keys(door.options),
            "statistic",
            "statistics",
            "by",
            "levels",
            "df",
            "relativeEfficiency",
            "knownCovariance",
            "sd",
            "parameterisation",
            "scaleFix",
            "correlation",
            "declaration",
            "prior",
            "source",
          ]);
          const options = Object.defineProperty({ ...door.needed }, name, { value, enumerable: true });
          return {
            show: { door: door.name, options },
            run: async () => {
              await door.run(options as never);
              if (!known.has(name)) throw new Nonsense(`${door.name}: an option of no name it knows was passed over`);
            },
          };
        }),
      ),
    },
    {
      weight: 4,
      arbitrary: one.chain((door) =>
        fc.tuple(fc.constantFrom(...Object.keys(door.options)), junk).map(([name, value]): Trial => {
          const options = { ...door.needed, [name]: value };
          return {
            show: { door: door.name, options },
            run: async () => {
              const result = await door.run(options as never);
              if (!holds[door.options[name]!](value))
                throw new Nonsense(`${door.name}: took for ${name} what is no ${door.options[name]}`);
              if (door.name !== "writeFit") checkResult(result);
            },
          };
        }),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(one, junk).map(
        ([door, value]): Trial => ({
          show: { door: door.name, options: value },
          run: async () => {
            await door.run(value as never);
            const record =
              typeof value === "object" &&
              value !== null &&
              Object.getPrototypeOf(value) === Object.prototype &&
              Object.keys(value).every((key) => Object.hasOwn(door.options, key));
            // a text is a slope in the one, a function the style of the other
            const other = door.name === "random" ? "string" : door.name === "summaryText" ? "function" : "";
            if (!record && typeof value !== other)
              throw new Nonsense(`${door.name}: took what is no record of options`);
          },
        }),
      ),
    },
  );
}
