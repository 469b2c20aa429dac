import { describe, expect, it } from "vitest";
import { binomial, DeclarationError, laplace, model, modelFromJSON, nuts, poisson } from "../src/index.ts";
import { samplePosterior } from "../src/public/engines.ts";
import { defineFamily } from "../src/public/families.ts";

const rows = Array.from({ length: 24 }, (_, i) => ({ y: (i * 5) % 7, x: i % 4, g: `g${i % 6}` }));

describe("model()", () => {
  it("never changes a builder", () => {
    const first = model(rows).response("y");
    const second = first.fixed("x").random("g").family(poisson());
    expect(first.toFormula()).toBe("y ~ 1");
    expect(second.toFormula()).toBe("y ~ x + (1 | g)");
    expect(Object.isFrozen(second.spec)).toBe(true);
  });

  it("takes the same declaration as formula, builder, records, arrays and JSON", async () => {
    const arrays = { y: rows.map(({ y }) => y), x: rows.map(({ x }) => x), g: rows.map(({ g }) => g) };
    const declared = model(rows).formula("y ~ x + (1 | g)").family(poisson());
    const built = model(arrays).response("y").fixed("x").random("g").family(poisson());
    const read = modelFromJSON(JSON.stringify(declared), arrays);
    expect(built.spec).toEqual(declared.spec);
    expect(read.spec).toEqual(declared.spec);
    const logLik = (await declared.fit(laplace())).logLik;
    expect((await built.fit(laplace())).logLik).toBe(logLik);
    expect((await read.fit(laplace())).logLik).toBe(logLik);
  });

  it("reports all faults of declaration and table at once", () => {
    const declared = model({ y: [1, 2, -3, 4], x: ["a", "b", "a", "c"], g: ["u", "u", "u", "u"] })
      .formula("y ~ z + log(x) + (1 | g) + (1 | h)" as string)
      .family(binomial());
    try {
      declared.compile();
      expect.unreachable();
    } catch (error) {
      const { issues } = error as DeclarationError;
      expect(error).toBeInstanceOf(DeclarationError);
      expect(issues.length).toBeGreaterThanOrEqual(3);
      const text = issues.map(({ message }) => message).join("\n");
      for (const name of ["column z", "column h", "column x"]) expect(text).toContain(name);
    }
  });

  it("fits and samples a user's own family", async () => {
    // geometric: a negative binomial with theta = 1, by its own mass function
    const geometric = defineFamily({
      name: "geometric",
      parameters: [],
      logDensity: (ops, { eta, column }) =>
        ops.sub(ops.mul(column["y"]!, eta[0]!), ops.mul(ops.add(column["y"]!, 1), ops.softplus(eta[0]!))),
      mean: (ops, { eta }) => ops.exp(eta[0]!),
      simulate: (rng, { eta }) => Math.floor(Math.log(1 - rng.uniform()) / Math.log(1 / (1 + Math.exp(-eta[0]!)))),
      logConcave: true,
    });
    const declared = model(rows).formula("y ~ x + (1 | g)").family(geometric);
    const fit = await declared.fit(laplace());
    expect(fit.glance().converged).toBe(true);
    const posterior = await samplePosterior(declared.compile(), nuts({ chains: 2, warmup: 200, draws: 200, seed: 3 }));
    const slope = posterior.tidy().find((row) => row.term === "x")!;
    const error = fit.tidy().find((row) => row.term === "x")!.std_error!;
    expect(Math.abs(slope.estimate - fit.tidy().find((row) => row.term === "x")!.estimate)).toBeLessThan(error);
  });

  it("is not cloned without its table, which it hands out", () => {
    const declared = model(rows).formula("y ~ x + (1 | g)").family(poisson());
    expect(() => structuredClone(declared)).toThrow(
      /A model has methods and cannot be cloned or posted: send model\.spec and the table/,
    );
    const again = modelFromJSON(structuredClone(declared.spec), declared.table());
    expect(again.compile().data.n).toBe(declared.compile().data.n);
  });

  it("prints the priors before anything is sampled", () => {
    const text = String(model(rows).formula("y ~ x + (1 | g)").family(poisson()).priors());
    for (const piece of ["(Intercept)", "g.(Intercept)", "default"]) expect(text).toContain(piece);
  });
});
