/** `marginalia average`. */
import { Command } from "commander";
import { adjustments } from "../effects/adjust-contrasts.ts";
import { averageScales } from "../effects/averaged-quantity.ts";
import { contrastMeasures } from "../effects/contrasts.ts";
import { elasticities } from "../effects/slope-rows.ts";
import * as messages from "../messages/cli.ts";
import { help } from "../messages/cli-help.ts";
import type { Issue } from "../messages/issue.ts";
import { estimands } from "../prediction/estimand.ts";
import { readArguments } from "./arguments.ts";
import {
  type AverageWeightsFlags,
  addAverageWeights,
  checkWeightsColumn,
  readAverageWeights,
} from "./average-weights.ts";
import { addCi, type CiFlags, readCi } from "./ci-option.ts";
import { addConfLevel, type ConfLevelFlags, readConfLevel } from "./conf-level.ts";
import { addContrastOptions, type ContrastFlags, readContrasts } from "./contrast-options.ts";
import { addDdf, type DdfFlags, readDdf } from "./ddf-option.ts";
import { averageOver, checkGrid, slopesOver } from "./engine.ts";
import { addFitOrSampleOptions, checkBesideFit, type FitOrSampleFlags, fitOrSample } from "./fit-or-sample.ts";
import { addGridOptions, type GridFlags, readGrid } from "./grid-options.ts";
import { addMargin, type MarginFlags, readMarginFlags } from "./margin-option.ts";
import { gather } from "./model-options.ts";
import { printResult, type Streams, styleFor } from "./output.ts";
import { oneOf } from "./value.ts";

interface AverageFlags
  extends FitOrSampleFlags,
    GridFlags,
    ConfLevelFlags,
    CiFlags,
    DdfFlags,
    ContrastFlags,
    AverageWeightsFlags,
    MarginFlags {
  readonly score?: boolean;
  readonly adjust?: string;
  readonly estimand: readonly string[];
  readonly scale: string;
  readonly measure: readonly string[];
  readonly slopes: readonly string[];
  readonly elasticity?: string;
}

export function averageCommand(streams: Streams): Command {
  const base = addFitOrSampleOptions(new Command("average").description(help.average));
  const tested = addMargin(addContrastOptions(addGridOptions(base)));
  const command = addDdf(addCi(addConfLevel(addAverageWeights(tested)), false))
    .option(
      "--adjust <name>",
      "p values and intervals of contrasts for all of a family together: tukey (pairwise), dunnett (reference), mvt, holm, bonferroni, sidak, fdr, scheffe or none (default)",
    )
    .option("--measure <name>", "difference, ratio or odds-ratio; repeatable (default: all that suit)", gather, [])
    .option(
      "--scale <name>",
      "response; link, averages of linear predictors; or back-transformed, the mean at the average on the scale of the link",
      "response",
    )
    .option(
      "--estimand <name>",
      "population (random effects integrated out; the default), typical (random effects 0) or conditional (the groups observed); repeatable",
      gather,
      [],
    )
    .option("--slopes <column>", "average slopes of the response in a numeric column instead; repeatable", gather, [])
    .option("--elasticity <name>", "of --slopes: eyex (dy/y)/(dx/x), eydx (dy/y)/dx or dyex dy/(dx/x)")
    .option("--score", "of an ordered response, average the expected number of its category, not the probabilities")
    .addHelpText("after", help.averageExamples);
  return command.action(async () => {
    const flags = command.opts<AverageFlags>();
    const issues: Issue[] = [];
    const path = readArguments(command, issues, flags.fit === undefined);
    checkBesideFit(command, issues);
    const wanted = flags.estimand.flatMap((name) => oneOf("--estimand", name, estimands, issues) ?? []);
    const contrasts = readContrasts(flags, issues);
    const adjust = flags.adjust === undefined ? undefined : oneOf("--adjust", flags.adjust, adjustments, issues);
    const measures = flags.measure.flatMap(
      (name) => oneOf("--measure", name.replaceAll("-", " "), contrastMeasures, issues) ?? [],
    );
    const scale = oneOf("--scale", flags.scale, averageScales, issues);
    if (flags.sampler !== undefined)
      for (const name of ["ddf", "adjust", "ci"] as const)
        if (flags[name] !== undefined) issues.push(messages.besideOption(`--${name}`, "--sampler"));
    const slopes = flags.slopes.length > 0;
    const elasticity =
      flags.elasticity === undefined ? undefined : oneOf("--elasticity", flags.elasticity, elasticities, issues);
    if (elasticity && !slopes) issues.push(messages.elasticityAlone());
    const level = {
      ...readConfLevel(flags, issues),
      ...readCi(flags, ["wald", "profile"] as const, issues),
      ...readDdf(flags, issues),
      ...readMarginFlags(flags, issues),
    };
    const weights = await readAverageWeights(flags, issues);
    const { fit, checked: grid } = await fitOrSample(path, flags, streams, issues, (declared) => {
      checkWeightsColumn(flags.weights, issues);
      const choice = readGrid(flags, issues);
      if (declared) checkGrid(declared, choice, issues);
      return choice;
    });
    const options = {
      ...grid,
      ...level,
      ...weights,
      ...contrasts,
      score: flags.score ?? false,
      ...(scale && { scale }),
      ...(measures.length > 0 && { measure: measures }),
      ...(adjust && { adjust }),
      ...(wanted.length > 0 && { estimands: [...new Set(wanted)] }),
    };
    const averages = slopes
      ? slopesOver(fit, { ...options, of: flags.slopes, ...(elasticity && { elasticity }) }, styleFor(streams))
      : averageOver(fit, options, styleFor(streams));
    const compared = contrasts.contrasts !== undefined;
    // as CSV, which is one table, the contrasts that were asked for
    const tables =
      compared && flags.csv
        ? { contrasts: averages.contrasts }
        : { [slopes ? "slopes" : "average"]: averages.rows, ...(compared && { contrasts: averages.contrasts }) };
    printResult(streams, tables, averages.text, [...fit.warnings, ...averages.warnings], flags);
  });
}
