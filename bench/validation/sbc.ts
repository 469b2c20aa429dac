/**
 * Simulation-based calibration of the samplers, one JSON line a model and sampler.
 *
 *     npx tsx bench/validation/sbc.ts [fits=1000] [model ...]
 *
 * Models: gaussian, gaussian-slopes, binomial, poisson, nbinom2; each with NUTS on the integrated posterior, and `:joint`, `:hmc` or `:gibbs` after
 * the name for NUTS on the joint posterior, static HMC or Gibbs. Exit code 1 when a verdict is "not calibrated".
 */
import { binomial, gibbs, halfNormal, hmc, lkj, model, nbinom2, normal, nuts, poisson, sbc } from "../../src/index.ts";

const groups = 8;
const perGroup = 6;
const n = groups * perGroup;
const table = {
  g: Array.from({ length: n }, (_, i) => `g${i % groups}`),
  x: Array.from({ length: n }, (_, i) => Math.sin(1.7 * i + 0.3)),
  size: Array.from({ length: n }, (_, i) => 1 + (i % 7)),
  y: Array.from({ length: n }, (_, i) => i % 2),
};

const declared = model(table).formula("y ~ x + (1 | g)").prior("fixed", normal(0, 1)).prior("sd", halfNormal(1));
const models = {
  gaussian: () => declared.prior("sigma", halfNormal(1)),
  "gaussian-slopes": () =>
    model(table)
      .formula("y ~ x + (x | g)")
      .prior("fixed", normal(0, 1))
      .prior("sd", halfNormal(1))
      .prior("cor", lkj(2))
      .prior("sigma", halfNormal(1)),
  binomial: () => declared.response("y", { trials: "size" }).family(binomial()),
  poisson: () => declared.family(poisson()),
  nbinom2: () => declared.family(nbinom2()),
};
type Name = keyof typeof models;

const [count = "1000", ...asked] = process.argv.slice(2);
const wanted = asked.length > 0 ? asked : Object.keys(models);
for (const entry of wanted) {
  const [name, kind = "integrated"] = entry.split(":") as [Name, string?];
  const options = { chains: 2, warmup: 300, draws: 400, targetAcceptance: 0.9 } as const;
  const sampler =
    kind === "gibbs"
      ? gibbs({ chains: 2, warmup: 500, draws: 1000 })
      : kind === "hmc"
        ? hmc({ ...options, target: "integrated" })
        : nuts({ ...options, target: kind === "joint" ? "joint" : "integrated" });
  const started = performance.now();
  const result = await sbc(models[name](), { fits: Number(count), sampler, seed: `${name}:${kind}` });
  console.log(
    JSON.stringify({
      model: name,
      sampler: kind,
      fits: result.fits,
      seconds: Math.round((performance.now() - started) / 1000),
      calibrated: result.calibrated,
      lengthened: result.lengthened,
      divergent: result.divergent,
      warnings: result.warnings.map(({ message }) => message),
      p_values: Object.fromEntries(result.quantities.map(({ name: of, p_value }) => [of, Number(p_value.toFixed(4))])),
      inside: result.quantities.filter(({ inside }) => inside).length,
      of: result.quantities.length,
    }),
  );
  if (!result.calibrated) process.exitCode = 1;
}
