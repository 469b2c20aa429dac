/**
 * A random intercept and slope: reaction times of 18 people over ten days of restricted sleep (see data/SOURCE.md), by REML and by
 * sampling, with a likelihood-ratio test and predictions for a person the study has not seen.
 */
import { anova, compare, ml, model, nuts, predict, summaryText } from "marginalia";
import { readTable, workerExecutor } from "marginalia/node";
import { halfNormal, lkj, normal } from "marginalia/priors";

const sleepstudy = await readTable(new URL("data/sleepstudy.csv", import.meta.url));

const reactions = model(sleepstudy)
  .formula("Reaction ~ Days + (Days | Subject)")
  .prior("fixed:(Intercept)", normal(250, 100))
  .prior("fixed:Days", normal(0, 50))
  .prior("sd:Subject.(Intercept)", halfNormal(100))
  .prior("sd:Subject.Days", halfNormal(50))
  .prior("cor:Subject", lkj(2))
  .prior("sigma", halfNormal(100));

const reml = await reactions.fit();
console.log(`${summaryText(reml)}\n`);

const full = await reactions.fit(ml());
const interceptOnly = await full.update((declaration) => declaration.formula("Reaction ~ Days + (1 | Subject)"));
anova({ interceptOnly, full }).print();

const bayes = await reactions.sample(nuts({ seed: "sleepstudy" }), { executor: workerExecutor() });
console.log();
compare({ reml, bayes }).print();

const days = { Days: [0, 5, 9] };
console.log("\nExpected reaction time of a person not in the study (ms):");
for (const { row, estimate, conf_low, conf_high } of predict(reml, { newdata: days, estimand: "population" }).rows)
  console.log(
    `  day ${[0, 5, 9][row - 1]}: ${estimate!.toFixed(1)} [${conf_low!.toFixed(1)}, ${conf_high!.toFixed(1)}]`,
  );
