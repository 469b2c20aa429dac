/** Names of parameters as brms writes them, and files cut short or made by other methods. */
import { beforeAll, describe, expect, test } from "vitest";
import { inferenceDataText, readInferenceData } from "../../src/exchange/inference-data.ts";
import { gibbs, model, type Posterior } from "../../src/index.ts";
import {
  drawNames,
  drawsFromCmdStan,
  drawsToCmdStan,
  type NamedDraws,
  namedDraws,
  posteriorFromDraws,
} from "../../src/public/exchange.ts";

const groups = ["one", "two", "S[1]"];
const conditions = ["a b", "line\nbreak", "c,d"];
const rows = groups.flatMap((Group) =>
  conditions.flatMap((Condition) => [0, 1, 2, 3].map((x) => ({ Group, Condition, x }))),
);
const table = {
  y: rows.map(({ x }, i) => x + Math.sin(7 * i) + (i % 5)),
  x: rows.map(({ x }) => x),
  Session: rows.map((_, i) => (i % 2 === 0 ? "Baseline" : "Follow-up")),
  Group: rows.map(({ Group }) => Group),
  Condition: rows.map(({ Condition }) => Condition),
};
const declared = model(table).formula("y ~ Session + I(x^2) + (x | Group/Condition)");
let fit: Posterior;
let draws: NamedDraws;
beforeAll(async () => {
  fit = await declared.sample(gibbs({ chains: 2, warmup: 10, draws: 6, thin: 3, seed: 1 }));
  draws = namedDraws(fit, { randomEffects: true });
});

const renamed = (rename: (name: string) => string): NamedDraws => ({
  ...draws,
  variables: draws.variables.map(({ name, values }) => ({ name: rename(name), values })),
});

describe("names", () => {
  test("are brms's: letters for operators, nested factors from the outer one on, levels without white space", () => {
    expect(drawNames(fit.model)).toEqual([
      "b_Intercept",
      "b_SessionFollowMup",
      "b_IxE2",
      "sd_Group__Intercept",
      "sd_Group__x",
      "cor_Group__Intercept__x",
      "sd_Group:Condition__Intercept",
      "sd_Group:Condition__x",
      "cor_Group:Condition__Intercept__x",
      "sigma",
    ]);
    const names = draws.variables.map(({ name }) => name);
    expect(names).toContain("r_Group:Condition[S[1]_line.break,x]");
    expect(names).toContain("r_Group[S[1],Intercept]");
    // An interaction that was written as one keeps its order.
    expect(drawNames(model(table).formula("y ~ 1 + (1 | Condition:Group)").compile())).toContain(
      "sd_Condition:Group__Intercept",
    );
  });

  test("of lme4's order and of earlier files are read as well", () => {
    const former = renamed((name) =>
      name
        .replace("Group:Condition", "Condition:Group")
        .replace("FollowMup", "Follow-up")
        .replace("IxE2", "I(x^2)")
        .replace(
          /\[(.*)_(a\.b|line\.break|c,d),/,
          (_, outer, inner) => `[${conditions[["a.b", "line.break", "c,d"].indexOf(inner)]}:${outer},`,
        ),
    );
    expect(former.variables.map(({ name }) => name)).toContain("r_Condition:Group[line\nbreak:S[1],x]");
    for (const given of [former, draws]) {
      const again = posteriorFromDraws(fit.model, given);
      expect(again.randomEffects()).toEqual(fit.randomEffects());
      expect(again.tidy({ effects: ["fixed"] })).toEqual(fit.tidy({ effects: ["fixed"] }));
    }
  });

  test("come back from ArviZ's JSON", () => {
    const again = posteriorFromDraws(fit.model, readInferenceData(inferenceDataText(fit)).draws);
    expect(again.randomEffects()).toEqual(fit.randomEffects());
  });

  test("of nbinom2's dispersion may be brms's shape", async () => {
    const counts = model({ y: [0, 3, 1, 8, 2, 5], x: [0, 1, 2, 3, 4, 5] })
      .formula("y ~ x")
      .family({ name: "nbinom2" });
    const sampled = await counts.sample(gibbs({ chains: 1, warmup: 5, draws: 4, seed: 1 }));
    const named = namedDraws(sampled);
    const shape = {
      ...named,
      variables: named.variables.map((v) => (v.name === "theta" ? { ...v, name: "shape" } : v)),
    };
    expect(posteriorFromDraws(sampled.model, shape).draws.values).toEqual(sampled.draws.values);
  });
});

describe("CmdStan files", () => {
  test("of a thinned Gibbs run say so, and keep names with brackets, commas and line breaks", () => {
    const breaking: NamedDraws = {
      ...draws,
      variables: [...draws.variables, { name: 'a "name"\r\nover\u2028lines', values: draws.variables[0]!.values }],
    };
    const texts = drawsToCmdStan(breaking);
    const lines = texts[0]!.split("\n");
    for (const line of [
      "#     num_samples = 18",
      "#     num_warmup = 10",
      "#     thin = 3",
      "#     algorithm = fixed_param",
    ])
      expect(lines).toContain(line);
    expect(texts[0]).not.toContain("nuts");
    const header = lines.find((line) => !line.startsWith("#"))!.split(",");
    expect(header.filter((name) => name.startsWith("r_Group."))).toEqual(
      ["1.1", "2.1", "3.1", "1.2", "2.2", "3.2"].map((index) => `r_Group.${index}`),
    );
    const again = drawsFromCmdStan(texts);
    const sorted = ({ variables }: NamedDraws) => [...variables].sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(sorted(again)).toEqual(sorted(breaking));
    expect(again.drawsPerChain).toBe(6);
  });

  test("that were cut anywhere are refused, by the name of the file", () => {
    const texts = drawsToCmdStan(draws);
    const end = texts[1]!.lastIndexOf("\n# \n#  Elapsed");
    for (let cut = 1; cut < end; cut += 97)
      expect(() => drawsFromCmdStan([texts[0]!, texts[1]!.slice(0, cut)], ["a-1.csv", "a-2.csv"])).toThrow(
        /file 'a-2\.csv' holds no draws.*(cut|no variable|no line names|different numbers|columns of the first)/s,
      );
    expect(() => drawsFromCmdStan(["# num_samples = 1000\na,b\n1,2\n3,4\n"])).toThrow("2 of the 1000 draws");
    expect(() => drawsFromCmdStan(["# num_samples = 2\na,b\n1,2\n3,4.71"])).toThrow("the last line does not end");
  });

  test.each(["optimize", "variational", "pathfinder", "laplace"])("of method %s are no draws", (method) => {
    expect(() => drawsFromCmdStan([`# method = ${method}\nlp__,a\n0,1\n0,2\n`])).toThrow(`method = ${method}`);
  });
});

describe("what is given", () => {
  test("may be a declaration in place of the compiled model, and is refused where it is no draws", () => {
    expect(drawNames(declared)).toEqual(drawNames(fit.model));
    expect(posteriorFromDraws(declared, draws).tidy()).toEqual(posteriorFromDraws(fit.model, draws).tidy());
    expect(() => posteriorFromDraws(declared, {} as never)).toThrow("posteriorFromDraws() needs named draws");
    expect(() => drawNames({} as never)).toThrow("drawNames() needs a declaration");
  });

  test("is warned of where it has parameters of another model", () => {
    const warned = posteriorFromDraws(declared, {
      ...draws,
      variables: [...draws.variables, { name: "b_period2", values: draws.variables[0]!.values }],
    }).warnings.filter(({ code }) => code === "surplus-variables");
    expect(warned.map(({ message }) => message)).toEqual([
      expect.stringContaining("a parameter that the model lacks: b_period2."),
    ]);
    expect(posteriorFromDraws(declared, draws).warnings.some(({ code }) => code === "surplus-variables")).toBe(false);
  });

  test("one text of CmdStan is one chain", () => {
    const text = "a,b\n1,2\n3,4\n";
    expect(drawsFromCmdStan(text)).toEqual(drawsFromCmdStan([text]));
    expect(() => drawsFromCmdStan(3 as never)).toThrow(
      "must be the text of a chain, or a list of them, one a chain, not 3.",
    );
  });
});
