/** Arguments in order, instead of options by name: constructors of priors, structures and methods, diagnostics of chains, and what takes a fit. */
import fc from "fast-check";
import { library } from "../../library.ts";
import { junk } from "./junk.ts";
import { Nonsense, type Trial } from "./run-kind.ts";
import { smallTable } from "./small-table.ts";

/** What an argument must be: given anything else it is to be refused. `slope` is a text, or options in its place; `added` a fit, or terms as text; `other` is for the function to say. */
type Kind =
  | "number"
  | "probability"
  | "numbers"
  | "chains"
  | "text"
  | "seed"
  | "record"
  | "function"
  | "fit"
  | "slope"
  | "added"
  | "other";

interface Door {
  readonly name: string;
  readonly run: (...given: never[]) => unknown;
  /** Each argument: its kind and a value that is taken. */
  readonly takes: readonly (readonly [Kind, unknown])[];
  /** How many must be there; default all. */
  readonly needed?: number;
  /** Whether options after the arguments are to be refused. */
  readonly closed?: boolean;
}

const isNumbers = (value: unknown): boolean =>
  (Array.isArray(value) && value.every((item) => typeof item === "number")) || value instanceof Float64Array;

const holds: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  number: (value) => typeof value === "number" && Number.isFinite(value),
  probability: (value) => typeof value === "number" && value >= 0 && value <= 1,
  numbers: isNumbers,
  chains: (value) => Array.isArray(value) && value.every(isNumbers),
  text: (value) => typeof value === "string" && value !== "",
  seed: (value) => typeof value === "string" || Number.isFinite(value),
  record: (value) => Object.prototype.toString.call(value) === "[object Object]",
  function: (value) => typeof value === "function",
  fit: (value) => typeof value === "object" && value !== null && "tidy" in value,
  added: (value) => holds.text(value) || holds.fit(value),
  slope: (value) => holds.text(value) || holds.record(value),
  other: () => true,
};

async function doors(): Promise<Door[]> {
  const L = library;
  const table = { ...smallTable };
  const declared = L.model(table).formula("y ~ x + (1 | g)");
  const fit = await declared.fit();
  const posterior = await L.model(table)
    .formula("k ~ x + (1 | g)")
    .family(L.poisson())
    .sample(L.nuts({ chains: 2, draws: 20, warmup: 30, seed: 1 }));
  const equations = await L.model(table)
    .formula("y ~ x")
    .fit(L.gee({ id: "g" }));
  const smaller = await L.model(table)
    .formula("y ~ 1")
    .fit(L.gee({ id: "g" }));
  const chains = [0, 1].map((c) => Array.from({ length: 12 }, (_, i) => Math.sin(7 * i + c)));
  const draws = L.namedDraws(posterior);
  const named = L.model(table).formula("k ~ x + (1 | g)").family(L.poisson());

  const numbers = (name: string, run: unknown, ...values: readonly number[]): Door => ({
    name,
    run: run as Door["run"],
    takes: values.map((value) => ["number", value]),
  });
  const ofFit = (name: string, run: unknown, given: unknown, ...rest: Door["takes"]): Door => ({
    name,
    run: run as Door["run"],
    takes: [["fit", given], ...rest],
    needed: 1,
  });
  const ofChains = (name: string, run: unknown, ...rest: Door["takes"]): Door => ({
    name,
    run: run as Door["run"],
    takes: [["chains", chains], ...rest],
  });
  const priors: readonly (readonly [string, ...number[]])[] = [
    ["normal", 0, 1],
    ["studentT", 3, 0, 1],
    ["cauchy", 0, 1],
    ["doubleExponential", 0, 1],
    ["logistic", 0, 1],
    ["uniform", 0, 1],
    ["halfNormal", 1],
    ["halfStudentT", 3, 1],
    ["halfCauchy", 1],
    ["exponential", 1],
    ["pcSd", 1, 0.05],
    ["gamma", 1, 1],
    ["lognormal", 0, 1],
    ["weibull", 1, 1],
    ["inverseGamma", 1, 1],
    ["inverseGammaVariance", 1, 1],
    ["beta", 1, 1],
    ["lkj", 2],
    ["flat"],
    ["mDependent", 2],
    ["agq", 3],
  ];
  const structures = [
    "varPower",
    "varExp",
    "varConstPower",
    "varConstProp",
    "varIdent",
    "corAR1",
    "corCAR1",
    "corARMA",
    "corCompSymm",
    "corSymm",
    "corExp",
    "corGaus",
    "corLin",
    "corRatio",
    "corSpher",
  ] as const;
  const constants = [
    "independence",
    "exchangeable",
    "ar1",
    "stationary",
    "unstructured",
    "ml",
    "reml",
    "laplace",
    "auto",
    "pql",
    "lindstromBates",
  ] as const;
  const families = ["gaussian", "binomial", "poisson", "nbinom1", "nbinom2", "Gamma", "cumulative"] as const;
  return [
    ...priors.map(([name, ...values]) => numbers(name, L[name as "normal"], ...values)),
    ...structures.map(
      (name): Door => ({
        name,
        run: L[name] as never,
        takes: [
          [name === "varIdent" ? "other" : "text", name === "varIdent" ? "g" : "x | g"],
          ["record", {}],
        ],
        needed: 1,
      }),
    ),
    ...constants.map((name) => ({ ...numbers(name, L[name]), closed: true })),
    ...families.map((name): Door => ({ name, run: L[name] as never, takes: [["other", undefined]], needed: 0 })),
    { name: "varFixed", run: L.varFixed as never, takes: [["text", "x"]] },
    {
      name: "varComb",
      run: L.varComb as never,
      takes: [
        ["record", L.varPower("x")],
        ["record", L.varIdent("g")],
      ],
      needed: 1,
    },
    {
      name: "fixedCorrelation",
      run: L.fixedCorrelation as never,
      takes: [
        [
          "chains",
          [
            [1, 0.5],
            [0.5, 1],
          ],
        ],
      ],
    },
    {
      name: "mcmcglmmPrior",
      run: L.mcmcglmmPrior as never,
      takes: [["record", { B: { mu: 0, V: 1e8 }, G: [{ V: 1, nu: 0.002 }], R: { V: 1, nu: 0.002 } }]],
    },
    {
      name: "mcmcglmmPrior of parts",
      run: ((mu: never, V: never, nu: never, alphaMu: never, alphaV: never) =>
        L.mcmcglmmPrior({ B: { mu, V }, G: [{ V, nu, alphaMu, alphaV }], R: { V, nu } })) as never,
      takes: [
        ["other", 0],
        ["other", 1],
        ["number", 1],
        ["other", 0],
        ["other", 1],
      ],
    },
    {
      name: "huangWandPrior",
      run: L.huangWandPrior as never,
      takes: [
        ["other", [[1, 2], null]],
        ["number", 2],
      ],
      needed: 1,
    },
    ...(["essBulk", "essTail", "essMean", "essSd", "rhat", "mcseMean", "mcseSd"] as const).map((name) =>
      ofChains(name, L[name]),
    ),
    ofChains("essQuantile", L.essQuantile, ["probability", 0.5]),
    ofChains("mcseQuantile", L.mcseQuantile, ["probability", 0.5]),
    { ...ofChains("essByQuantile", L.essByQuantile, ["numbers", [0.1, 0.5]]), needed: 1 },
    { ...ofChains("essByInterval", L.essByInterval, ["number", 4]), needed: 1 },
    { ...ofChains("rankHistogram", L.rankHistogram, ["number", 4]), needed: 1 },
    ofChains("likelihoodEfficiency", L.likelihoodEfficiency),
    { name: "ebfmi", run: L.ebfmi as never, takes: [["numbers", chains[0]]] },
    {
      name: "psis",
      run: L.psis as never,
      takes: [
        ["numbers", chains[0]],
        ["record", { relativeEfficiency: 0.5 }],
      ],
      needed: 1,
    },
    {
      name: "psis of efficiency",
      run: ((ratios: never, relativeEfficiency: never) => L.psis(ratios, { relativeEfficiency })) as never,
      takes: [
        ["numbers", chains[0]],
        ["number", 0.5],
      ],
    },
    { name: "paretoKThreshold", run: L.paretoKThreshold as never, takes: [["number", 100]] },
    { name: "createRng", run: L.createRng as never, takes: [["seed", 1]] },
    {
      name: "posteriorFromDraws",
      run: L.posteriorFromDraws as never,
      takes: [
        ["other", named],
        ["record", draws],
        ["seed", 1],
      ],
      needed: 2,
    },
    { name: "drawNames", run: L.drawNames as never, takes: [["other", named]] },
    {
      name: "describe",
      run: L.describe as never,
      takes: [
        ["record", declared.spec],
        ["other", L.gaussian()],
      ],
      needed: 1,
    },
    { name: "formulaOf", run: L.formulaOf as never, takes: [["record", declared.spec]] },
    { name: "specFromJSON", run: L.specFromJSON as never, takes: [["other", JSON.stringify(declared.spec)]] },
    { name: "drawsFromCmdStan", run: L.drawsFromCmdStan as never, takes: [["other", L.drawsToCmdStan(posterior)]] },
    { name: "drawsFromArrow", run: L.drawsFromArrow as never, takes: [["other", L.drawsToArrow(posterior)]] },
    {
      name: "readInferenceData",
      run: L.readInferenceData as never,
      takes: [["text", L.inferenceDataText(posterior)]],
    },
    { name: "loadFit", run: L.loadFit as never, takes: [["other", JSON.stringify(L.saveFit(fit))]] },
    ...(["saveFit", "fitToBytes", "fitted", "essAlong", "traceDivergences"] as const).map((name) => ({
      ...ofFit(name, L[name], /ess|trace/.test(name) ? posterior : fit),
      closed: true,
    })),
    ofFit("effectDrawsColumns", L.effectDrawsColumns, posterior),
    ofFit("residuals", L.residuals, fit, ["record", {}]),
    ofFit("rankPlot", L.rankPlot, posterior, ["record", {}]),
    ofFit("waldTest", L.waldTest, equations, ["other", ["x"]]),
    { ...ofFit("scoreTest", L.scoreTest, smaller, ["added", equations]), needed: 2 },
    ofFit("anova", L.anova, fit, ["fit", fit]),
    ofFit("bayesFactor", L.bayesFactor, posterior, ["fit", posterior]),
    { name: "compare", run: L.compare as never, takes: [["record", { fit, posterior }]] },
    { name: "compareMarginal", run: L.compareMarginal as never, takes: [["record", { fit, equations }]] },
    { name: "looCompare", run: L.looCompare as never, takes: [["record", { a: L.waic(posterior) }]] },
    ofFit("printTidy of a fit", (given: never) => L.summaryText(given), fit),
    { name: "posterior.extend", run: ((more: never) => posterior.extend(more)) as never, takes: [["number", 2]] },
    {
      name: "refit",
      run: ((y: never) => fit.refit(y)) as never,
      takes: [["numbers", Float64Array.from(table.y)]],
    },
    {
      name: "pedigreePrecision",
      run: ((id: never, sire: never, dam: never) => L.pedigreePrecision({ id, sire, dam })) as never,
      takes: [
        ["other", ["1", "2", "3"]],
        ["other", [null, null, "1"]],
        ["other", [null, null, "2"]],
      ],
    },
    {
      name: "additiveRelationship",
      run: L.additiveRelationship as never,
      takes: [["record", { id: ["1", "2"], sire: [null, "1"], dam: [null, null] }]],
    },
    {
      name: "selfStart",
      run: L.selfStart.logistic as never,
      takes: ["x", "Asym", "xmid", "scal"].map((text) => ["text", text]),
    },
    {
      name: "a family of its own",
      run: ((name: never, links: never, parameters: never) =>
        L.defineFamily({
          name,
          links,
          parameters,
          logDensity: (o: { negate(x: unknown): unknown }, { eta }: { eta: unknown[] }) => o.negate(eta[0]),
        } as never)) as never,
      takes: [
        ["text", "mine"],
        ["other", ["identity"]],
        ["other", [{ name: "sigma", support: "positive" }]],
      ],
    },
    ...[
      ["factor", "g", ["a", "b", "c"]],
      ["contrasts", "g", "sum"],
      ["sigma", 1],
      ["missing", "omit"],
      ["prior", "sd", L.halfNormal(1)],
      ["knownCovariance", "g", { levels: ["a", "b", "c"], matrix: [1, 0, 0, 0, 1, 0, 0, 0, 1] }],
      ["weights", "x"],
      ["offset", "x"],
      ["family", L.gaussian()],
      ["random", "g", "x"],
      ["fixed", "x"],
      ["response", "y"],
      ["residual", {}],
      ["frequencyWeights", "k"],
    ].map(
      ([name, ...values]): Door => ({
        name: `.${name as string}()`,
        closed: true,
        run: ((...given: unknown[]) => {
          const made = declared as unknown as Record<string, (...given: unknown[]) => { spec: unknown }>;
          return made[name as string]!.apply(declared, given).spec;
        }) as never,
        takes: values.map((value, i) => [
          typeof value === "number"
            ? "number"
            : typeof value !== "string"
              ? "other"
              : i > 0 && name === "random"
                ? "slope"
                : "text",
          value,
        ]),
      }),
    ),
  ];
}

/** A number somewhere in a result that is NaN, where everything given was sound. */
export async function trials(): Promise<fc.Arbitrary<Trial>> {
  const all = await doors();
  return fc.constantFrom(...all).chain((door) =>
    fc
      .tuple(
        fc.array(fc.tuple(fc.nat(Math.max(0, door.takes.length - 1)), junk), { maxLength: 2 }),
        fc.constantFrom(null, null, null, [{ seed: 1 }], [{ confLevel: 0.9 }], [0, ["a"]]),
        fc.integer({ min: 0, max: door.takes.length }),
      )
      .map(([changes, surplus, cut]): Trial => {
        const needed = door.needed ?? door.takes.length;
        const given = door.takes.map(([, value]) => value);
        for (const [at, value] of changes) if (at < given.length) given[at] = value;
        const least = Math.max(needed, cut);
        given.length = Math.min(given.length, least);
        const extra = surplus !== null && given.length === door.takes.length ? surplus : [];
        const wrong = given.findIndex((value, i) => {
          const [kind] = door.takes[i]!;
          return !(value === undefined && i >= needed) && !holds[kind](value);
        });
        return {
          show: { door: door.name, changes, surplus: extra, arguments: given.length },
          run: async () => {
            const result = await door.run(...([...given, ...extra] as never[]));
            if (wrong >= 0)
              throw new Nonsense(`${door.name}: took as argument ${wrong + 1} what is no ${door.takes[wrong]![0]}`);
            // other surplus arguments are let pass, as those of `fits.map(fitted)`
            if (extra.length === 1 && door.closed)
              throw new Nonsense(`${door.name}: passed over options, of which it has none`);
            if (result === undefined) throw new Nonsense(`${door.name}: accepted, and gave undefined`);
          },
        };
      }),
  );
}
