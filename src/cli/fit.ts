/** `marginalia fit`. */
import { Command } from "commander";
import { help } from "../messages/cli-help.ts";
import type { Issue } from "../messages/issue.ts";
import { writeFit } from "../node/fit-file.ts";
import { readArguments } from "./arguments.ts";
import { addCi, type CiFlags, readCi } from "./ci-option.ts";
import { collect, throwFaults } from "./collect.ts";
import { addConfLevel, type ConfLevelFlags, readConfLevel } from "./conf-level.ts";
import { addDdf, type DdfFlags, readDdf } from "./ddf-option.ts";
import { declareModel } from "./engine.ts";
import { fitModel } from "./fitting.ts";
import { addGeeOptions, checkGeeFlags, GEE_HELP, type GeeFlags, readMethod } from "./gee-options.ts";
import { METHOD_HELP } from "./method-option.ts";
import { addModelOptions, type ModelFlags } from "./model-options.ts";
import { EXPONENTIATE_HELP, printFit, type Streams } from "./output.ts";
import { checkOutputs } from "./outputs.ts";

interface FitFlags extends ModelFlags, GeeFlags, ConfLevelFlags, DdfFlags, CiFlags {
  readonly method: string;
  readonly save?: string;
  readonly exponentiate?: boolean;
}

export function fitCommand(streams: Streams): Command {
  const command = addGeeOptions(
    addDdf(addCi(addConfLevel(addModelOptions(new Command("fit").description(help.fit))), true)).option(
      "--method <method>",
      `${METHOD_HELP}; ${GEE_HELP}`,
      "auto",
    ),
  )
    .option("--exponentiate", EXPONENTIATE_HELP)
    .option("--save <file>", "write the fit to a JSON file, which readFit() of marginalia/node reads")
    .addHelpText("after", help.fitExamples);
  return command.action(async () => {
    const flags = command.opts<FitFlags>();
    const issues: Issue[] = [];
    const method = collect(issues, () => readMethod(flags.method, flags));
    checkGeeFlags([flags.method], flags, issues);
    const inference = {
      ...readConfLevel(flags, issues),
      ...readDdf(flags, issues),
      ...readCi(flags, ["wald", "profile", "auto"] as const, issues),
      ...(flags.exponentiate && { exponentiate: true }),
    };
    const path = readArguments(command, issues);
    checkOutputs({ "--save": flags.save }, [path], issues);
    const declared = await declareModel(path, flags, null, issues);
    throwFaults(issues);
    const fit = await fitModel(declared!, method!, streams, flags);
    if (flags.save !== undefined) await writeFit(flags.save, fit);
    printFit(streams, fit, { json: flags.json, csv: flags.csv, inference });
  });
}
