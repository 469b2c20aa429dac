/** `marginalia predict`. */
import { Command } from "commander";
import { help } from "../messages/cli-help.ts";
import type { Issue } from "../messages/issue.ts";
import { readColumns } from "../node/read-columns.ts";
import { readArguments } from "./arguments.ts";
import { collectAsync } from "./collect.ts";
import { addConfLevel, type ConfLevelFlags, readConfLevel } from "./conf-level.ts";
import { predictRows } from "./engine.ts";
import { addFitOrSampleOptions, checkBesideFit, type FitOrSampleFlags, fitOrSample } from "./fit-or-sample.ts";
import { readDialect } from "./model-options.ts";
import { printResult, type Streams, styleFor } from "./output.ts";
import { oneOf } from "./value.ts";

interface PredictFlags extends FitOrSampleFlags, ConfLevelFlags {
  readonly newdata?: string;
  readonly estimand: string;
  readonly type: string;
  readonly newLevels: string;
  readonly residuals: string;
}

const ESTIMANDS = ["conditional", "typical", "population"] as const;
const TYPES = ["response", "class", "score", "link", "disp", "simulate"] as const;
const RESIDUALS = ["zero", "conditional"] as const;
const NEW_LEVELS = ["existing", "new-group", "resampled", "zero", "population", "error", "typical"] as const;

export function predictCommand(streams: Streams): Command {
  const command = addConfLevel(addFitOrSampleOptions(new Command("predict").description(help.predict)))
    .option("--newdata <file>", "rows to predict, a CSV file of the same dialect (default: the rows fitted)")
    .option(
      "--estimand <name>",
      "conditional (the row's own groups), typical (random effects 0) or population",
      "conditional",
    )
    .option(
      "--type <scale>",
      "response (its mean, or the probability of each category), class (the most probable category), score (the expected number of the category), link, disp (the dispersion parameter), or simulate (a new response)",
      "response",
    )
    .option(
      "--new-levels <policy>",
      "groups the fit has not seen, in conditional predictions: existing (refuse), new-group, resampled, zero or population",
      "existing",
    )
    .option(
      "--residuals <policy>",
      "of models with a residual correlation: zero, or conditional (new rows given the residuals of the fitted ones: forecasts, kriging)",
      "zero",
    )
    .addHelpText("after", help.predictExamples);
  return command.action(async () => {
    const flags = command.opts<PredictFlags>();
    const issues: Issue[] = [];
    const path = readArguments(command, issues, flags.fit === undefined);
    checkBesideFit(command, issues);
    const { fit, checked } = await fitOrSample(path, flags, streams, issues, async () => {
      const estimand = oneOf("--estimand", flags.estimand, ESTIMANDS, issues);
      const type = oneOf("--type", flags.type, TYPES, issues);
      const newLevels = oneOf("--new-levels", flags.newLevels, NEW_LEVELS, issues);
      const residuals = oneOf("--residuals", flags.residuals, RESIDUALS, issues);
      const newdata =
        flags.newdata === undefined
          ? undefined
          : await collectAsync(issues, () => readColumns(flags.newdata!, readDialect(flags), "another file"));
      return { estimand, type, newLevels, residuals, newdata, level: readConfLevel(flags, issues) };
    });
    const { estimand, type, newLevels, residuals, newdata, level } = checked;
    // estimating equations have the population mean only
    const defaulted = command.getOptionValueSource("estimand") === "default";
    const { rows, text, warnings } = predictRows(
      fit,
      newdata,
      {
        ...level,
        estimand: fit.kind === "gee" && defaulted ? "population" : estimand!,
        type: type!,
        newLevels: newLevels!,
        residuals: residuals!,
      },
      styleFor(streams),
    );
    printResult(streams, { predict: rows }, text, [...fit.warnings, ...warnings], flags);
  });
}
