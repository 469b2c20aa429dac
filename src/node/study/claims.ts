/**
 * Who is at which chunk, so that processes do not do the same. A claim is kept alive while its process works; that of a process that ended is taken by
 * another. Where a claim goes wrong a chunk is made twice, and the two files are the same.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Chunk } from "../../studies/chunks.ts";
import { writeFault } from "../whole-file.ts";
import { chunkFileName } from "./chunk-file.ts";
import { claimFolder, removeQuietly } from "./study-directory.ts";

/** Milliseconds between signs of life, and without one until a claim is taken for lost. */
const ALIVE = 10_000;
const LOST = 120_000;

export interface Claims {
  /** Whether the chunk is this process's own now. */
  take(chunk: Chunk): boolean;
  release(chunk: Chunk): void;
  /** Gives up all claims. */
  close(): void;
}

const host = hostname();

export function claimsIn(dir: string): Claims {
  const folder = claimFolder(dir);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw writeFault(folder, error as NodeJS.ErrnoException);
  }
  const own = new Set<string>();
  const fileOf = (chunk: Chunk) => join(folder, chunkFileName(chunk).replace(/parquet$/, "json"));
  const content = JSON.stringify({ host, pid: process.pid });
  const beat = setInterval(() => {
    const now = new Date();
    for (const file of own) touch(file, now);
  }, ALIVE);
  beat.unref();
  return {
    take(chunk) {
      const file = fileOf(chunk);
      if (own.has(file)) return false;
      if (!create(file, content) && !(isLost(file, folder) && moveAside(file) && create(file, content))) return false;
      own.add(file);
      return true;
    },
    release(chunk) {
      const file = fileOf(chunk);
      own.delete(file);
      removeQuietly(file);
    },
    close() {
      clearInterval(beat);
      for (const file of own) removeQuietly(file);
      own.clear();
    },
  };
}

function create(file: string, content: string): boolean {
  try {
    writeFileSync(file, content, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw writeFault(file, error as NodeJS.ErrnoException);
  }
}

function touch(file: string, now: Date): void {
  try {
    utimesSync(file, now, now);
  } catch {
    // Another process has taken it for lost; both make the same file.
  }
}

/** Whether the process of a claim has ended: known at once on this machine, by its silence on others. */
function isLost(file: string, folder: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) return true;
  try {
    const { host: where, pid } = JSON.parse(readFileSync(file, "utf8")) as { host: string; pid: number };
    if (where === host && !isAlive(pid)) return true;
  } catch {
    // It is being written, or was cut off: its age decides.
  }
  return clockOf(folder) - found.mtimeMs > LOST;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The time of the machine that has the files, whose clock may be another. */
function clockOf(folder: string): number {
  const file = join(folder, `.${randomUUID()}.clock`);
  try {
    writeFileSync(file, "");
    return statSync(file).mtimeMs;
  } catch {
    return Date.now();
  } finally {
    removeQuietly(file);
  }
}

/** Of several that would take a lost claim one succeeds. */
function moveAside(file: string): boolean {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
    removeQuietly(aside);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

/** Claims of processes that are at work, as far as is known here. */
export function openClaims(dir: string): number {
  const folder = claimFolder(dir);
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".json") && !isLost(join(folder, name), folder)).length;
  } catch {
    return 0;
  }
}
