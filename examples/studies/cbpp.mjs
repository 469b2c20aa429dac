/**
 * Laplace's approximation, adaptive Gauss-Hermite quadrature and the posterior on data like those of contagious bovine pleuropneumonia: the design of
 * `data/cbpp.csv` (15 herds, 1 to 4 periods each), its effects, and herds that differ as there or twice as much.
 *
 *   marginalia simulate examples/studies/cbpp.mjs --dir results --workers 2
 *   marginalia performance results --measures bias,empiricalSE,coverage
 */
import { agq, binomial, laplace, model, nuts } from "marginalia";
import { readTable } from "marginalia/node";
import { halfNormal, normal } from "marginalia/priors";
import { average, grid, parameter, study } from "marginalia/studies";

const cbpp = await readTable(new URL("../data/cbpp.csv", import.meta.url));

const herds = model(cbpp)
  .formula("incidence | trials(size) ~ period + (1 | herd)")
  .family(binomial())
  .factor("period", [1, 2, 3, 4]);

const withPriors = (data) => data.prior("fixed", normal(0, 2.5)).prior("sd", halfNormal(1));

export default study({
  name: "cbpp",
  seed: "2026",
  dgms: grid({ sd: [0.64, 1.28] }, ({ sd }) => ({
    model: herds,
    parameters: { "(Intercept)": -1.4, period2: -0.99, period3: -1.13, period4: -1.58, "sd:herd.(Intercept)": sd },
  })),
  estimands: {
    period4: parameter("period4"),
    sd: parameter("herd sd__(Intercept)"),
    "risk in period 1": average({ at: { period: ["1"] } }),
  },
  methods: {
    laplace: (data) => data.fit(laplace()),
    quadrature: (data) => data.fit(agq(9)),
    posterior: (data, { seed }) => withPriors(data).sample(nuts({ chains: 2, warmup: 200, draws: 300, seed })),
  },
  replications: 1000,
});
