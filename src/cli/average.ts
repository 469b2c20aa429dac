/** `marginalia average`. */
import { Command } from "commander";
import { adjustments } from "../effects/adjust-contrasts.ts";
import { contrastKinds } from "../effects/contrasts.ts";
import * as messages from "../messages/cli.ts";
import type { Issue } from "../messages/issue.ts";
import { estimands } from "../prediction/estimand.ts";
import { readArguments } from "./arguments.ts";
import { addCi, type CiFlags, readCi } from "./ci-option.ts";
import { addConfLevel, type ConfLevelFlags, readConfLevel } from "./conf-level.ts";
import { addDdf, type DdfFlags, readDdf } from "./ddf-option.ts";
import { averageOver, checkGrid } from "./engine.ts";
import { addFitOrSampleOptions, checkBesideFit, type FitOrSampleFlags, fitOrSample } from "./fit-or-sample.ts";
import { addGridOptions, type GridFlags, readGrid } from "./grid-options.ts";
import { addMargin, type MarginFlags, readMarginFlags } from "./margin-option.ts";
import { gather } from "./model-options.ts";
import { printResult, type Streams, styleFor } from "./output.ts";
import { oneOf } from "./value.ts";

interface AverageFlags extends FitOrSampleFlags, GridFlags, ConfLevelFlags, CiFlags, DdfFlags, MarginFlags {
  readonly score?: boolean;
  readonly compare?: string;
  readonly compareColumn?: string;
  readonly adjust?: string;
  readonly estimand: readonly string[];
  readonly averageWeights: string;
}

export function averageCommand(streams: Streams): Command {
  const command = addMargin(
    addDdf(
      addCi(
        addConfLevel(addGridOptions(addFitOrSampleOptions(new Command("average").description(messages.help.average)))),
        false,
      ),
    ),
  )
    .option(
      "--compare <contrasts>",
      "compare the averages, within each combination of the other columns: reference (each with the first), sequential or pairwise",
    )
    .option(
      "--adjust <name>",
      "p values and intervals of contrasts for all of a family together: tukey (pairwise), dunnett (reference), mvt, holm, bonferroni, sidak, fdr, scheffe or none (default)",
    )
    .option("--compare-column <column>", "the column compared (default: the first of --by, else of --at)")
    .option(
      "--estimand <name>",
      "population (random effects integrated out), typical (random effects 0) or conditional (the groups observed); repeatable (default: all)",
      gather,
      [],
    )
    .option("--score", "of an ordered response, average the expected number of its category, not the probabilities")
    .option(
      "--average-weights <what>",
      "what counts once in an average of binomial responses: rows of the data, or their trials",
      "rows",
    )
    .addHelpText("after", messages.help.averageExamples);
  return command.action(async () => {
    const flags = command.opts<AverageFlags>();
    const issues: Issue[] = [];
    const path = readArguments(command, issues, flags.fit === undefined);
    checkBesideFit(command, issues);
    const wanted = flags.estimand.flatMap((name) => oneOf("--estimand", name, estimands, issues) ?? []);
    const contrasts =
      flags.compare === undefined ? undefined : oneOf("--compare", flags.compare, contrastKinds, issues);
    const adjust = flags.adjust === undefined ? undefined : oneOf("--adjust", flags.adjust, adjustments, issues);
    if (flags.compareColumn !== undefined && (flags.compare ?? "none") === "none")
      issues.push(messages.compareColumnAlone());
    const level = {
      ...readConfLevel(flags, issues),
      ...readCi(flags, ["wald", "profile"] as const, issues),
      ...readDdf(flags, issues),
      ...readMarginFlags(flags, issues),
    };
    const { fit, checked: grid } = await fitOrSample(path, flags, streams, issues, (declared) => {
      const choice = readGrid(flags, issues);
      const weights = oneOf("--average-weights", flags.averageWeights, ["rows", "trials"] as const, issues);
      if (declared) checkGrid(declared, choice, issues);
      return { ...choice, weights: weights! };
    });
    const averages = averageOver(
      fit,
      {
        ...grid,
        ...level,
        score: flags.score ?? false,
        ...(contrasts && { contrasts }),
        ...(adjust && { adjust }),
        ...(flags.compareColumn !== undefined && { contrastColumn: flags.compareColumn }),
        ...(wanted.length > 0 && { estimands: [...new Set(wanted)] }),
      },
      styleFor(streams),
    );
    // as CSV, which is one table, the contrasts that were asked for
    const tables =
      contrasts && flags.csv
        ? { contrasts: averages.contrasts }
        : { average: averages.rows, ...(contrasts && { contrasts: averages.contrasts }) };
    printResult(streams, tables, averages.text, [...fit.warnings, ...averages.warnings], flags);
  });
}
