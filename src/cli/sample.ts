/** `marginalia sample`. */
import { Command } from "commander";
import * as messages from "../messages/cli.ts";
import type { Issue } from "../messages/issue.ts";
import { readArguments } from "./arguments.ts";
import { throwFaults } from "./collect.ts";
import { declareModel } from "./engine.ts";
import { addModelOptions, type ModelFlags } from "./model-options.ts";
import { printFit, printPriors, type Streams } from "./output.ts";
import { addSamplerOptions, readSamplingChoice, type SamplerFlags } from "./sampler-options.ts";
import { sampleModel } from "./sampling.ts";

export function sampleCommand(streams: Streams): Command {
  const command = addSamplerOptions(
    addModelOptions(new Command("sample").description(messages.help.sample)),
  ).addHelpText("after", messages.help.sampleExamples);
  return command.action(async () => {
    const flags = command.opts<ModelFlags & SamplerFlags>();
    const issues: Issue[] = [];
    const choice = readSamplingChoice(flags, issues);
    const declared = await declareModel(readArguments(command, issues), flags, choice.priors, issues);
    throwFaults(issues);
    if (!flags.json) printPriors(streams, declared!.priors!);
    printFit(streams, await sampleModel(declared!, choice, streams, flags), flags);
  });
}
