/**
 * Type I error of tests at .05 and coverage of 95 % intervals, by simulation: groups × design × method, as JSON lines of counts.
 *
 *     node --import tsx bench/validation/coverage.ts [data sets, default 10000] [part, default 1/1] [methods, a regular expression] [cells, one too]
 *     node --import tsx bench/validation/coverage.ts table FILE…    # counts summed, as a table in Markdown
 *
 * Designs, the slope of `x` being 0 in truth: `random intercept`: groups of 5 rows, x the arm of a group; `random slope`: 10 rows a group, x within groups
 * with a slope of its own for each; `crossed`: each group meets the same 8 items once, x the arm of a group. A data set is the same for every method: its stream
 * is keyed by the design, the groups and its number. A method's interval of x covers 0 exactly where its test does not reject, so that one count serves both; the
 * interval of the groups' standard deviation is counted apart. What has no interval, or does not converge, is counted in `failed` and as not covering.
 */
import { readFileSync } from "node:fs";
import { library } from "../library.ts";

const { bootstrap, confint, createRng, gibbs, model } = library;

interface Simulated {
  readonly table: Readonly<Record<string, ArrayLike<number> | readonly string[]>>;
  readonly formula: string;
  /** Truth of the standard deviation whose interval is counted. */
  readonly sd: number;
}

type Normal = () => number;

const DESIGNS = {
  "random intercept": (groups: number, normal: Normal): Simulated => {
    const { y, x, g } = columns();
    for (let group = 0; group < groups; group++) {
      const effect = normal();
      for (let row = 0; row < 5; row++) {
        push({ y, x, g }, effect + normal(), group % 2, group);
      }
    }
    return { table: { y, x, g }, formula: "y ~ x + (1 | g)", sd: 1 };
  },
  "random slope": (groups: number, normal: Normal): Simulated => {
    const { y, x, g } = columns();
    for (let group = 0; group < groups; group++) {
      const intercept = normal();
      const slope = 0.25 * normal();
      for (let row = 0; row < 10; row++) push({ y, x, g }, intercept + slope * row + normal(), row, group);
    }
    return { table: { y, x, g }, formula: "y ~ x + (x | g)", sd: 1 };
  },
  crossed: (groups: number, normal: Normal): Simulated => {
    const { y, x, g } = columns();
    const item: string[] = [];
    const items = Array.from({ length: 8 }, () => 0.7 * normal());
    for (let group = 0; group < groups; group++) {
      const effect = normal();
      for (const [k, of] of items.entries()) {
        push({ y, x, g }, effect + of + normal(), group % 2, group);
        item.push(`i${k}`);
      }
    }
    return { table: { y, x, g, item }, formula: "y ~ x + (1 | g) + (1 | item)", sd: 1 };
  },
};

const columns = () => ({ y: [] as number[], x: [] as number[], g: [] as string[] });

function push(to: ReturnType<typeof columns>, y: number, x: number, group: number): void {
  to.y.push(y);
  to.x.push(x);
  to.g.push(`g${group}`);
}

/** Ends of intervals of the slope and of the groups' standard deviation; null where the interval is open. */
interface Ends {
  readonly slope: readonly [number | null, number | null];
  readonly sd: readonly [number | null, number | null] | null;
  readonly failed: boolean;
}

type Row = {
  readonly effect: string;
  readonly group: string | null;
  readonly term: string;
  readonly conf_low: number | null;
  readonly conf_high: number | null;
};

const ends = (rows: readonly Row[], term: string, group: string | null) => {
  const row = rows.find((row) => row.term === term && (row.group ?? null) === group);
  return row && ([row.conf_low, row.conf_high] as const);
};
const ofRows = (rows: readonly Row[], failed: boolean): Ends => ({
  slope: ends(rows, "x", null) ?? [Number.NaN, Number.NaN],
  sd: ends(rows, "sd__(Intercept)", "g") ?? null,
  failed,
});

const declared = ({ table, formula }: Simulated) => model(table as never).formula(formula);

type Fitted = Awaited<ReturnType<ReturnType<typeof declared>["fit"]>>;

const byDegreesOfFreedom = (ddf: "satterthwaite" | "kenward-roger" | "normal") => (fit: Fitted) =>
  ofRows(fit.tidy({ ddf }) as never, fit.verdict.code === "failed");

/** Intervals of the standard deviation by this likelihood; of the slope by t, or by maximum likelihood as lme4's. */
const byProfile = (likelihood: "restricted" | "ml") => (fit: Fitted) => {
  const { rows } = confint(fit, { likelihood, which: ["x", "g sd__(Intercept)"] });
  return ofRows(rows as never, fit.verdict.code === "failed");
};

/** What is said of one restricted fit: all methods see the same. */
const OF_FIT: Readonly<Record<string, (fit: Fitted) => Ends>> = {
  satterthwaite: byDegreesOfFreedom("satterthwaite"),
  "kenward-roger": byDegreesOfFreedom("kenward-roger"),
  normal: byDegreesOfFreedom("normal"),
  "profile, restricted": byProfile("restricted"),
  "profile, ml": byProfile("ml"),
};

/** The last bootstrap, with both of its intervals. */
let resampled: { readonly key: string; readonly rows: readonly (Row & { readonly method: string })[] } | null = null;

/** A parametric bootstrap of the fit by maximum likelihood. */
function bootstrapped(interval: "percentile" | "studentised") {
  return async (data: Simulated, key: string): Promise<Ends> => {
    if (resampled?.key !== key) {
      const fit = await declared(data).fit("ml");
      const options = { kind: "parametric", draws: 199, seed: key, interval: ["percentile", "studentised"] } as const;
      resampled = { key, rows: bootstrap(fit, options).rows as never };
    }
    return ofRows(
      resampled.rows.filter(({ method }) => method === interval),
      false,
    );
  };
}

/** What has to fit anew, for one in ten of the data sets. */
const SLOW: Readonly<Record<string, (data: Simulated, key: string) => Promise<Ends>>> = {
  "bootstrap, percentile": bootstrapped("percentile"),
  "bootstrap, studentised": bootstrapped("studentised"),
  posterior: async (data, key) => {
    const fit = await declared(data).sample(gibbs({ chains: 2, draws: 1000, warmup: 200, seed: key }));
    return ofRows(fit.tidy() as never, false);
  },
};

class Counts {
  sets = 0;
  slopeCovered = 0;
  sdIntervals = 0;
  sdCovered = 0;
  failed = 0;

  add({ slope, sd, failed }: Ends, truth: number): void {
    this.sets++;
    if (failed) this.failed++;
    if (!failed && covers(slope, 0)) this.slopeCovered++;
    if (sd) this.sdIntervals++;
    if (!failed && covers(sd, truth)) this.sdCovered++;
  }
}

const covers = (interval: readonly [number | null, number | null] | null, truth: number) =>
  interval !== null && (interval[0] === null || interval[0] <= truth) && (interval[1] === null || interval[1] >= truth);

async function simulate(): Promise<void> {
  const [sets = "10000", part = "1/1", methods = ".", only = "."] = process.argv.slice(2);
  const [first, parts] = part.split("/").map(Number) as [number, number];
  const ofFit = Object.entries(OF_FIT).filter(([name]) => new RegExp(methods).test(name));
  const slow = Object.entries(SLOW).filter(([name]) => new RegExp(methods).test(name));
  for (const design of Object.keys(DESIGNS) as (keyof typeof DESIGNS)[])
    for (const groups of [6, 12, 24]) {
      if (!new RegExp(only).test(`${design} ${groups}`)) continue;
      const counts = new Map([...ofFit, ...slow].map(([name]) => [name, new Counts()]));
      for (let set = first; set <= Number(sets); set += parts) {
        const key = `${design}/${groups}/${set}`;
        const rng = createRng(`coverage/${key}`);
        const data = DESIGNS[design](groups, () => rng.normal());
        if (ofFit.length > 0) {
          const fit = await declared(data).fit();
          for (const [name, method] of ofFit) counts.get(name)!.add(method(fit), data.sd);
        }
        if (set % 10 === 0) for (const [name, method] of slow) counts.get(name)!.add(await method(data, key), data.sd);
      }
      for (const [method, found] of counts) console.log(JSON.stringify({ design, groups, method, ...found }));
    }
}

/** Whether so many of so many are within the band that holds 95 % of binomial counts. */
function band(covered: number, sets: number): string {
  const share = covered / sets;
  const half = 1.96 * Math.sqrt((0.95 * 0.05) / sets);
  return `${(100 * share).toFixed(1)}${share < 0.95 - half ? " ↓" : share > 0.95 + half ? " ↑" : ""}`;
}

function table(files: readonly string[]): void {
  const lines = files.flatMap((file) => readFileSync(file, "utf8").split("\n").filter(Boolean));
  const summed = new Map<string, Counts & { design: string; groups: number; method: string }>();
  for (const line of lines) {
    const found = JSON.parse(line);
    const key = [found.design, found.groups, found.method].join();
    const sum = summed.get(key);
    if (!sum) summed.set(key, found);
    else for (const name of Object.keys(new Counts()) as (keyof Counts & "sets")[]) sum[name] += found[name];
  }
  const methods = [...new Set([...summed.values()].map(({ method }) => method))];
  for (const what of ["slope", "sd"] as const) {
    console.log(`\n| ${what}: design | groups | ${methods.join(" | ")} |\n|---|---|${"---|".repeat(methods.length)}`);
    for (const design of Object.keys(DESIGNS))
      for (const groups of [6, 12, 24]) {
        const cells = methods.map((method) => {
          const found = summed.get([design, groups, method].join());
          return found ? band(what === "slope" ? found.slopeCovered : found.sdCovered, found.sets) : "";
        });
        console.log(`| ${design} | ${groups} | ${cells.join(" | ")} |`);
      }
  }
  const failed = [...summed.values()].filter(({ failed }) => failed > 0);
  for (const { design, groups, method, failed: count, sets } of failed)
    console.log(`failed: ${design}, ${groups} groups, ${method}: ${count} of ${sets}`);
}

if (process.argv[2] === "table") table(process.argv.slice(3));
else await simulate();
