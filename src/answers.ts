/** The answers to `model/questions.ts`, and the doors that make fits with them. */
import { loo } from "./checks/leave-one-out.ts";
import { looCompare } from "./checks/loo-compare.ts";
import { anova } from "./compare/anova.ts";
import { compare } from "./compare/compare.ts";
import { compareMarginal } from "./compare/compare-marginal.ts";
import { confint } from "./effects/confint.ts";
import { estimate } from "./effects/estimate.ts";
import { intraclassCorrelation } from "./effects/intraclass-correlation.ts";
import { marginalCoefficients } from "./effects/marginal-coefficients.ts";
import { populationAverage } from "./effects/population-average.ts";
import { profile } from "./frequentist/profile/profile.ts";
import { answerWith } from "./model/questions.ts";
import { fitted, predict, predictionDraws } from "./prediction/predict.ts";
import { residuals } from "./prediction/residuals.ts";
import { simulate } from "./prediction/simulate.ts";
import { summaryText } from "./report/summary.ts";
import { printTidy } from "./report/tidy-text.ts";

/** A function that makes a fit, so that its fit can be asked everything. */
export function withAnswers<Make extends (...given: never[]) => unknown>(make: Make): Make {
  const door = (...given: never[]) => {
    answerWith({
      anova,
      compare,
      compareMarginal,
      confint,
      estimate,
      fitted,
      intraclassCorrelation,
      loo,
      looCompare,
      marginalCoefficients,
      populationAverage,
      predict,
      predictionDraws,
      printTidy,
      profile,
      residuals,
      simulate,
      summaryText,
    });
    return make(...given);
  };
  return door as Make;
}
