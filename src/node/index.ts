/** `marginalia/node`: what needs Node — files and worker threads. */
export type { CsvOptions } from "./csv.ts";
export { readDraws, writeDraws } from "./draws-file.ts";
export { drawsTable, effectDrawsTable } from "./draws-table.ts";
export type { WriteFitOptions } from "./fit-file.ts";
export { checkpointFile, readCheckpoint, readFit, writeFit } from "./fit-file.ts";
export { readKnownCovariance } from "./known-covariance-file.ts";
export type { ReadTableOptions } from "./read-columns.ts";
export { readTable } from "./read-csv.ts";
export { workerExecutor } from "./worker-executor.ts";
