/** Texts of studies that run on workers and in directories. */
import { type Issue, issue } from "./issue.ts";
import { listedWithAnd } from "./lists.ts";

export const emptyRule =
  "stopWhen needs a measure and its largest Monte Carlo error, as { coverage: { mcse: 0.005 } }.";

export const needsNode =
  "Directories and worker threads need Node: leave out dir and workers, and the study runs in this thread.";

export const anotherStudy = (dir: string, differences: readonly string[]): Issue =>
  issue(
    "another-study",
    ["dir", dir],
    `The directory '${dir}' holds the results of another study: ${listedWithAnd(differences)} ${differences.length === 1 ? "differs" : "differ"}. Give this study a directory of its own, or declare the former one again.`,
  );

export const notAStudyDirectory = (dir: string, reason: string): Issue =>
  issue(
    "no-study",
    ["dir", dir],
    `The directory '${dir}' is not one of a study (${reason}). Name one that 'simulate' or run({ dir }) has made.`,
  );

export const directoryOfOtherThings = (dir: string): Issue =>
  issue(
    "no-study",
    ["dir", dir],
    `The directory '${dir}' has files in it that are not those of a study. Name a new one, or an empty one.`,
  );

export const resultsWithoutStudy = (dir: string, name: string): Issue =>
  issue(
    "no-study",
    ["dir", dir],
    `The directory '${dir}' has results but no ${name}, which says of which study they are. Put that file back, or name a new directory.`,
  );

export const keptRule = (rule: { readonly [measure: string]: { readonly mcse: number } | undefined }): string =>
  `The directory's rule ${listedWithAnd(Object.entries(rule).map(([name, one]) => `${name} ${one?.mcse}`))} decides how many replicates there are: stopWhen: null (--stop-when none) lifts it.`;

export const chunkNotWritten = (file: string, reason: string): Issue =>
  issue(
    "file-not-writable",
    ["dir", file],
    `The results '${file}' cannot be written (${reason}). ${reason === "ENOSPC" ? "Make room" : "Mend that"} and run the study again with the same directory: what is done is kept, and the rest follows.`,
  );

export const damagedChunk = (file: string): string =>
  `The results '${file}' were damaged or are not this study's, and are made again; what was there is kept as '${file}.damaged'.`;

export const damagedResults = (file: string): Issue =>
  issue(
    "damaged-results",
    ["dir", file],
    `The results '${file}' are cut off or damaged. Run the study again with the same directory, which makes them anew.`,
  );

export const noModule = (): Issue =>
  issue(
    "no-study-module",
    ["workers"],
    "Methods and estimands are functions, which cannot travel to worker threads: put the study into a module, which every worker loads by itself, and say which, as run({ workers: 2, module: import.meta.url }).",
  );

export const moduleFails = (module: string, reason: string): Issue =>
  issue("no-study-module", ["module", module], `The module '${module}' cannot be loaded: ${reason}`);

export const moduleIsTypeScript = (module: string, version: string): Issue =>
  issue(
    "no-study-module",
    ["module", module],
    `The module '${module}' is TypeScript, which Node ${version} does not read by itself: use Node 22.18 or later, or write it as .mjs.`,
  );

export const noStudyIn = (module: string): Issue =>
  issue(
    "no-study-module",
    ["module", module],
    `The module '${module}' declares no study: let it export one, as export default study({ … }).`,
  );

export const severalStudiesIn = (module: string, names: readonly string[]): Issue =>
  issue(
    "no-study-module",
    ["module", module],
    `The module '${module}' declares ${names.length} studies: ${listedWithAnd(names.map((name) => `"${name}"`))}. Name one by --study, and give each a name of its own.`,
  );

export const noStudyNamed = (module: string, name: string, names: readonly string[]): Issue =>
  issue(
    "no-study-module",
    ["module", module],
    `The module '${module}' declares no study "${name}"; it has ${listedWithAnd(names.map((one) => `"${one}"`))}.`,
  );

export const otherStudyOnWorker = (module: string, differences: readonly string[]): Issue =>
  issue(
    "no-study-module",
    ["module", module],
    differences.length > 0
      ? `The module '${module}' does not declare the same study on a worker: ${listedWithAnd(differences)} ${differences.length === 1 ? "differs" : "differ"}. A study must be the same whenever its module is loaded: no clock, no unseeded random numbers, nothing that is given to this program alone.`
      : `The module '${module}' declares no study on a worker: let it declare the study whenever it is loaded, outside functions and conditions.`,
  );

export const lostWorker = (reason: string): string =>
  `The worker that fitted this ended twice (${reason}), so that there is no result.`;

export const timedOut = (seconds: number): string =>
  `The method took more than ${seconds} second${seconds === 1 ? "" : "s"}, and was stopped.`;

export const workerBroke = (reason: string): string => `A worker thread ended: ${reason}`;
