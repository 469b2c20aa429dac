/**
 * The directory of a study: `study.json`, which says what study it is and how it is cut; `chunks/`, a Parquet file for each chunk that is done; `claims/`, who
 * is at what. Any number of processes on any number of machines may work in one directory at a time.
 */
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DeclarationError } from "../../messages/issue.ts";
import * as messages from "../../messages/study-runs.ts";
import type { Chunk } from "../../studies/chunks.ts";
import type { StoppingRule } from "../../studies/stopping-rule.ts";
import { differencesOf, type StudyIdentity } from "../../studies/study-identity.ts";
import { partName, writeFault, writeWhole } from "../whole-file.ts";
import { type ChunkSummary, chunkOfFile, readSummary } from "./chunk-file.ts";

export interface Manifest {
  readonly format: 1;
  readonly study: StudyIdentity;
  readonly replications: number;
  /** Replicates a chunk, by scenario. */
  readonly sizes: readonly number[];
  readonly stopWhen: StoppingRule | null;
  /** Of the process that began it: results of other versions may differ in their last digits. */
  readonly node: string;
  readonly platform: string;
}

export interface DoneChunk extends Chunk {
  readonly file: string;
  readonly summary: ChunkSummary;
}

const NAME = "study.json";
const manifestFile = (dir: string) => join(dir, NAME);
export const chunkFolder = (dir: string): string => join(dir, "chunks");
export const claimFolder = (dir: string): string => join(dir, "claims");

/** Null where the directory has none, or is not there. */
function readManifest(dir: string): Manifest | null {
  let text: string;
  try {
    text = readFileSync(manifestFile(dir), "utf8");
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return null;
    throw new DeclarationError([messages.notAStudyDirectory(dir, code)]);
  }
  try {
    const found = JSON.parse(text) as Manifest;
    if (found.format === 1) return found;
  } catch {
    // Told below.
  }
  throw new DeclarationError([messages.notAStudyDirectory(dir, `${NAME} is not as it was written`)]);
}

/** @throws DeclarationError for a directory that is none of a study */
export function manifestOf(dir: string): Manifest {
  const found = readManifest(dir);
  if (!found) throw new DeclarationError([messages.notAStudyDirectory(dir, `it has no ${NAME}`)]);
  return found;
}

const ownVersion = () => ({ node: process.version, platform: `${process.platform}-${process.arch}` });

/**
 * The manifest of the directory, which is made if there is none: of several processes that begin at a time one makes it, and the others take it.
 *
 * @param sizes asked for where there is none
 * @throws DeclarationError (as a rejection) for a directory of another study, or one that cannot be written
 */
export async function openDirectory(
  dir: string,
  study: StudyIdentity,
  asked: { readonly replications: number; readonly stopWhen: StoppingRule | null | undefined },
  sizes: () => Promise<readonly number[]>,
): Promise<Manifest> {
  const before = readManifest(dir);
  const first = before ?? (await makeManifest(dir, study, asked, sizes));
  const differences = differencesOf(first.study, study);
  if (differences.length > 0) throw new DeclarationError([messages.anotherStudy(dir, differences)]);
  const stopWhen = asked.stopWhen === undefined ? first.stopWhen : asked.stopWhen;
  const changed =
    first.replications !== asked.replications || JSON.stringify(first.stopWhen) !== JSON.stringify(stopWhen);
  const manifest = { ...first, replications: asked.replications, stopWhen };
  if (changed) writeWhole([manifestFile(dir), `${JSON.stringify(manifest, null, 2)}\n`]);
  return manifest;
}

async function makeManifest(
  dir: string,
  study: StudyIdentity,
  asked: { readonly replications: number; readonly stopWhen: StoppingRule | null | undefined },
  sizes: () => Promise<readonly number[]>,
): Promise<Manifest> {
  if (chunkFiles(dir).length > 0 && !readManifest(dir))
    throw new DeclarationError([messages.resultsWithoutStudy(dir, NAME)]);
  try {
    mkdirSync(dir, { recursive: true });
    const others = readdirSync(dir).filter(
      (name) => !["chunks", "claims", NAME].includes(name) && !name.startsWith("."),
    );
    if (others.length > 0) throw new DeclarationError([messages.directoryOfOtherThings(dir)]);
    mkdirSync(chunkFolder(dir), { recursive: true });
    mkdirSync(claimFolder(dir), { recursive: true });
  } catch (error) {
    throw writeFault(dir, error as NodeJS.ErrnoException);
  }
  const made: Manifest = {
    format: 1,
    study,
    replications: asked.replications,
    sizes: await sizes(),
    stopWhen: asked.stopWhen ?? null,
    ...ownVersion(),
  };
  const part = partName(manifestFile(dir));
  try {
    writeFileSync(part, `${JSON.stringify(made, null, 2)}\n`);
    // fails where another process was quicker, and never shows half a file
    linkSync(part, manifestFile(dir));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EEXIST") throw writeFault(manifestFile(dir), error as NodeJS.ErrnoException);
  } finally {
    removeQuietly(part);
  }
  return manifestOf(dir);
}

export function removeQuietly(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // It is gone.
  }
}

/** Milliseconds after which a file that was begun is taken for one that nobody finishes. */
const ABANDONED = 3_600_000;

/** Files of chunks by name, in order; what writers left unfinished long ago is removed. */
export function chunkFiles(dir: string): string[] {
  let names: string[];
  try {
    names = readdirSync(chunkFolder(dir));
  } catch {
    return [];
  }
  for (const name of names)
    if (name.endsWith(".part")) {
      const file = join(chunkFolder(dir), name);
      const found = statSync(file, { throwIfNoEntry: false });
      if (found && Date.now() - found.mtimeMs > ABANDONED) removeQuietly(file);
    }
  return names.filter((name) => chunkOfFile(name) !== null).sort();
}

export const chunkIsThere = (dir: string, name: string): boolean => existsSync(join(chunkFolder(dir), name));

/** The chunks of a study that are done, and the files that are damaged or not of it. */
export async function doneChunks(
  dir: string,
  study: StudyIdentity,
): Promise<{ readonly done: readonly DoneChunk[]; readonly damaged: readonly string[] }> {
  const done: DoneChunk[] = [];
  const damaged: string[] = [];
  for (const name of chunkFiles(dir)) {
    const file = join(chunkFolder(dir), name);
    const summary = await readSummary(file, study);
    if (summary) done.push({ ...chunkOfFile(name)!, file, summary });
    else damaged.push(file);
  }
  return { done, damaged };
}

/** Puts a file out of the way, so that its chunk is made again. */
export function setAside(file: string, why: "damaged" | "retried"): void {
  try {
    renameSync(file, `${file}.${why}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw writeFault(file, error as NodeJS.ErrnoException);
  }
}
