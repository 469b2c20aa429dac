/** `marginalia/node`: what needs Node — files and worker threads. */
import { withAnswers } from "../answers.ts";
import { readFit as readFitOf } from "./fit-file.ts";

export type { CsvOptions } from "./csv.ts";
export { readDraws, writeDraws } from "./draws-file.ts";
export { drawsTable, effectDrawsTable } from "./draws-table.ts";
export type { FilePath, FileURL, PlatformURL } from "./file-path.ts";
export type { WriteFitOptions } from "./fit-file.ts";
export { checkpointFile, readCheckpoint, writeFit } from "./fit-file.ts";
export { readKnownCovariance } from "./known-covariance-file.ts";
export type { ReadTableOptions } from "./read-columns.ts";
export { type ReadTable, readTable } from "./read-csv.ts";
export { workerExecutor } from "./worker-executor.ts";

/**
 * Reads a fit that `writeFit` wrote.
 *
 * @param families records of the user's own families by name, for fits that have one
 * @throws DeclarationError when the file is absent, unreadable, or holds no fit
 * @example const fit = await readFit("herds.fit");
 */
export const readFit = /* @__PURE__ */ withAnswers(readFitOf);
export type { WorkerExecutorOptions } from "./worker-executor.ts";
