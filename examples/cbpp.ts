/**
 * The main job on one page: declare a model once, fit it by maximum likelihood and by sampling, compare the two, and say what
 * happens on average in the population. Data: contagious bovine pleuropneumonia in 15 herds (see data/SOURCE.md).
 */
import { agq, binomial, compare, marginalCoefficients, model, nuts, populationAverage, summaryText } from "marginalia";
import { readTable, workerExecutor } from "marginalia/node";
import { halfNormal, normal } from "marginalia/priors";

const cbpp = await readTable(new URL("data/cbpp.csv", import.meta.url));

const herds = model(cbpp)
  .response("incidence", { trials: "size" })
  .family(binomial({ link: "logit" }))
  .factor("period", [1, 2, 3, 4])
  .fixed("period")
  .random("herd")
  .prior("fixed", normal(0, 2.5))
  .prior("sd", halfNormal(1));

console.log(`${herds.describe()}\n`);
herds.priors().print();

const ml = await herds.fit(agq(25));
console.log(`\n${summaryText(ml)}\n`);

const bayes = await herds.sample(nuts({ chains: 4, seed: "cbpp" }), { executor: workerExecutor() });
console.log(`${summaryText(bayes)}\n`);

compare({ ml, bayes }).print();

console.log();
populationAverage({ ml, bayes }, { by: "period" }).print();

console.log("\nEach period beside the first, averaged over the population of herds:");
populationAverage({ ml, bayes }, { by: "period", contrasts: "reference", estimands: ["population"] }).print();

console.log("\nMarginal coefficients (log odds ratios of the population averages), maximum likelihood:");
marginalCoefficients(ml).print();
