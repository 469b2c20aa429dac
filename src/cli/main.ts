#!/usr/bin/env node
/** The program `marginalia`. */
import { writeSync } from "node:fs";
import { unwritableOutput } from "../messages/cli.ts";
import { runProgram } from "./program.ts";

/** A reader that has seen enough (`| head`) is no error; a full disk is one. */
function outputFailed(error: NodeJS.ErrnoException): never {
  if (error.code === "EPIPE") process.exit(0);
  try {
    writeSync(process.stderr.fd, `${unwritableOutput(error.code ?? error.message)}\n`);
  } catch {
    // There is nowhere left to say it.
  }
  process.exit(2);
}
process.stdout.on("error", outputFailed);
process.stderr.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") process.exit(2);
});

process.exitCode = await runProgram(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  colour: process.stdout.isTTY === true,
  terminal: process.stderr.isTTY === true,
});
