/** Models with priors that several benchmarks sample, declared in the library handed over: as built, or its sources. */

type Library = Pick<typeof import("../src/index.ts"), "binomial" | "model"> &
  Pick<typeof import("../src/public/priors.ts"), "halfNormal" | "lkj" | "normal">;
type ReadTable = typeof import("../src/node/index.ts").readTable;

const example = (name: string) => new URL(`../examples/data/${name}.csv`, import.meta.url);

export const sleepstudy = async ({ halfNormal, lkj, model, normal }: Library, readTable: ReadTable) =>
  model(await readTable(example("sleepstudy")))
    .formula("Reaction ~ Days + (Days | Subject)")
    .prior("fixed:(Intercept)", normal(250, 100))
    .prior("fixed:Days", normal(0, 50))
    .prior("sd:Subject.(Intercept)", halfNormal(100))
    .prior("sd:Subject.Days", halfNormal(50))
    .prior("cor:Subject", lkj(2))
    .prior("sigma", halfNormal(100));

export const cbpp = async ({ binomial, halfNormal, model, normal }: Library, readTable: ReadTable) =>
  model(await readTable(example("cbpp")))
    .formula("incidence | trials(size) ~ period + (1 | herd)")
    .factor("period", [1, 2, 3, 4])
    .family(binomial())
    .prior("fixed", normal(0, 2.5))
    .prior("sd", halfNormal(1));
