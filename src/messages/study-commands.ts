/** Texts of the commands that run simulation studies. */
import type { StudyProgress } from "../studies/study.ts";
import { type Issue, issue } from "./issue.ts";
import { listedWithAnd } from "./lists.ts";

export const studyHelp = {
  simulate:
    "Run the simulation study of a module into a directory: on worker threads, in several processes at a time, and on from what is there.",
  module: "module that exports the study, as study.mjs",
  dir: "directory of a study, made by 'simulate'",
  simulateExamples: `
Examples:
  marginalia simulate study.mjs --dir results --workers 4
  marginalia performance results

  # part 3 of 100 of a job array; run again what was lost, with the same command
  marginalia simulate study.mjs --dir results --shard 3/100

  # until the Monte Carlo error of every coverage is at most half a per cent
  marginalia simulate study.mjs --dir results --workers 4 --replications 20000 --stop-when coverage=0.005
`,
  status: "Say how far the study in a directory is: data sets, failures, seconds, and what is being worked at.",
  collect: "Put the results of a directory together: a row a scenario, replicate, method and estimand, in this order.",
  collectExamples: `
Examples:
  marginalia collect results --csv > results.csv
  marginalia collect results --parquet results.parquet
`,
  performance: "The measures of performance of the results in a directory, each with its Monte Carlo error.",
  performanceExamples: `
Examples:
  marginalia performance results --measures bias,coverage
  marginalia performance results --measures mse --paired --reference reml
`,
  retry:
    "Forget results that were lost with a worker or took too long, so that 'simulate' makes them again; with --failures all that failed.",
};

export const noStudyNamed = (): Issue =>
  issue(
    "missing-file",
    ["STUDY"],
    "No study was named. Give its module after the command, as in 'marginalia simulate study.mjs --dir results'.",
  );

export const noDirectoryNamed = (command: string): Issue =>
  issue(
    "missing-file",
    ["DIR"],
    `No directory was named. Give that of a study, as in 'marginalia ${command} results'.`,
  );

export const needsDirectory = (): Issue =>
  issue(
    "missing-file",
    ["--dir"],
    "Results go into a directory: name a new one by --dir, or that of an earlier run to go on from it.",
  );

export const notAShard = (text: string): Issue =>
  issue(
    "not-a-number",
    ["--shard"],
    `--shard '${text}' is no part of a whole: write, for example, 3/100, from 1/100 to 100/100.`,
  );

export const noOutputOfCollect = (): Issue =>
  issue("missing-file", ["--parquet"], "Say where the results go: --parquet FILE, or --csv or --json for stdout.");

export const notPositive = (flag: string, text: string): Issue =>
  issue("not-a-number", [flag], `${flag} '${text}' is no number above 0.`);

export const notAnError = (text: string): Issue =>
  issue(
    "not-an-assignment",
    ["--stop-when"],
    `--stop-when '${text}' is no measure and its largest Monte Carlo error: write, for example, coverage=0.005.`,
  );

export const noResultsYet = (dir: string): Issue =>
  issue("no-results", ["DIR"], `The directory '${dir}' has no results yet: run 'marginalia simulate' first.`);

const short = (x: number) => x.toPrecision(2).replace(/e.*$/, "");

/** Seconds in words. */
function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

const rate = (perSecond: number) => (perSecond >= 10 ? String(Math.round(perSecond)) : perSecond.toPrecision(2));

export function simulateStatus({ done, total, failed, perSecond, secondsLeft, mcse }: StudyProgress): string {
  const errors = Object.entries(mcse).flatMap(([name, error]) => (error === null ? [] : [`${name} ${short(error)}`]));
  return [
    `${done} of ${total} data sets`,
    ...(perSecond === null ? [] : [`${rate(perSecond)} a second`]),
    ...(secondsLeft === null || done === total ? [] : [`${duration(secondsLeft)} left`]),
    `${failed} failed`,
    ...(errors.length > 0 ? [`Monte Carlo errors at most: ${errors.join(", ")}`] : []),
  ].join("; ");
}

export const simulated = (dir: string, done: number, total: number, failed: number): string =>
  `${done} of ${total} data sets are done; ${failed} result${failed === 1 ? "" : "s"} failed. ${
    done < total
      ? "Other processes are at the rest: 'marginalia status' says when they are done."
      : `See 'marginalia performance ${dir}'.`
  }`;

export const stoppedAt = (stops: readonly (readonly [string, number])[]): string =>
  `Enough by --stop-when: ${listedWithAnd(stops.map(([name, at]) => `${name} after ${at}`))}.`;

export const statusNotes = (open: number, damaged: number, lost: number): string[] => [
  ...(open > 0 ? [`${open} chunk${open === 1 ? " is" : "s are"} being made.`] : []),
  ...(damaged > 0
    ? [
        `${damaged} file${damaged === 1 ? " is" : "s are"} damaged; 'marginalia simulate' makes ${damaged === 1 ? "it" : "them"} again.`,
      ]
    : []),
  ...(lost > 0
    ? [
        `${lost} result${lost === 1 ? " was" : "s were"} lost with workers or took too long; 'marginalia retry' forgets them.`,
      ]
    : []),
];

export const collected = (file: string, rows: number, digest: string): string =>
  `${rows} rows are in '${file}'. Their digest is ${digest}.`;

export const retried = (chunks: number): string =>
  chunks === 0
    ? "There is nothing to make again."
    : `${chunks} chunk${chunks === 1 ? " is" : "s are"} set aside; 'marginalia simulate' makes ${chunks === 1 ? "it" : "them"} again.`;

export const amongChunks = (file: string): Issue =>
  issue(
    "file-not-writable",
    ["--parquet", file],
    `The file '${file}' would lie among the study's own results. Name another place.`,
  );
