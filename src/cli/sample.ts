/** `marginalia sample`. */
import { Command } from "commander";
import { help } from "../messages/cli-help.ts";
import type { Issue } from "../messages/issue.ts";
import { firstDrawsFile, writeDraws } from "../node/draws-file.ts";
import { readCheckpoint, writeFit } from "../node/fit-file.ts";
import type { Posterior } from "../samplers/posterior.ts";
import { readArguments } from "./arguments.ts";
import { collect, collectAsync, throwFaults } from "./collect.ts";
import { addConfLevel, type ConfLevelFlags, readConfLevel } from "./conf-level.ts";
import { declareModel } from "./engine.ts";
import { checkBeside } from "./fit-or-sample.ts";
import { addModelOptions, type ModelFlags } from "./model-options.ts";
import { EXPONENTIATE_HELP, printFit, printPriors, type Streams } from "./output.ts";
import { checkOutputs } from "./outputs.ts";
import { addSamplerOptions, readSamplingChoice, type SamplerFlags } from "./sampler-options.ts";
import { type CheckpointChoice, resumeRun, sampleModel } from "./sampling.ts";
import { count } from "./value.ts";

interface SampleFlags extends ModelFlags, SamplerFlags, ConfLevelFlags {
  readonly save?: string;
  readonly drawsOut?: string;
  readonly drawsEffects?: boolean;
  readonly checkpoint?: string;
  readonly every?: string;
  readonly resume?: string;
  readonly exponentiate?: boolean;
}

/** Options that a resumed run may be given beside its checkpoint. */
const BESIDE_RESUME = ["json", "csv", "format", "serial"];

const declaringOptions = (command: Command): Command => addSamplerOptions(addModelOptions(command));

export function sampleCommand(streams: Streams): Command {
  const command = addConfLevel(declaringOptions(new Command("sample").description(help.sample)))
    .option("--exponentiate", EXPONENTIATE_HELP)
    .option("--save <file>", "write the fit to a file, for --fit of predict and average (.bin: binary, else JSON)")
    .option(
      "--draws-out <file>",
      "write the draws: .csv (CmdStan, a file a chain), .arrow, .parquet or .json (ArviZ); the ending says which",
    )
    .option("--draws-effects", "write the draws of the random effects too")
    .option("--checkpoint <file>", "keep the state of the run in a file, to take it up again with --resume")
    .option("--every <count>", "iterations of a chain from one checkpoint to the next (default: 500)")
    .option("--resume <file>", "complete the run of a checkpoint; no table and no formula are needed")
    .addHelpText("after", help.sampleExamples);
  return command.action(async () => {
    const flags = command.opts<SampleFlags>();
    const issues: Issue[] = [];
    const drawsOut = flags.drawsOut === undefined ? undefined : collect(issues, () => firstDrawsFile(flags.drawsOut!));
    const level = { ...readConfLevel(flags, issues), ...(flags.exponentiate && { exponentiate: true }) };
    const every = count("--every", flags.every, 1, issues);
    const file = flags.checkpoint ?? flags.resume;
    const checkpoint = { ...(file !== undefined && { file }), ...(every !== undefined && { every }) };
    const inputs = flags.resume === undefined ? command.args.slice(0, 1) : [];
    checkOutputs({ "--save": flags.save, "--draws-out": drawsOut, "--checkpoint": flags.checkpoint }, inputs, issues);
    const fit = await (flags.resume === undefined
      ? sampleAnew(command, flags, streams, issues, checkpoint)
      : resumed(command, flags, streams, issues, checkpoint));
    if (flags.save !== undefined) await writeFit(flags.save, fit);
    if (flags.drawsOut !== undefined)
      await writeDraws(flags.drawsOut, fit, { randomEffects: flags.drawsEffects === true });
    printFit(streams, fit, { json: flags.json, csv: flags.csv, inference: level });
  });
}

async function sampleAnew(
  command: Command,
  flags: SampleFlags,
  streams: Streams,
  issues: Issue[],
  checkpoint: CheckpointChoice,
): Promise<Posterior> {
  const choice = readSamplingChoice(flags, issues);
  const declared = await declareModel(readArguments(command, issues), flags, choice.priors, issues);
  throwFaults(issues);
  if (!flags.json && !flags.csv) printPriors(streams, declared!.priors!);
  return sampleModel(declared!, choice, streams, flags, checkpoint);
}

async function resumed(
  command: Command,
  flags: SampleFlags,
  streams: Streams,
  issues: Issue[],
  checkpoint: CheckpointChoice,
): Promise<Posterior> {
  readArguments(command, issues, false);
  checkBeside("resume", command, declaringOptions(new Command()), BESIDE_RESUME, issues);
  const state = await collectAsync(issues, () => readCheckpoint(flags.resume!));
  throwFaults(issues);
  return resumeRun(state!, flags.serial === true, streams, flags, checkpoint);
}
