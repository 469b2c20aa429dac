/** Draws to and from files, the format told by the name. */

import { readdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { drawsFromArrow, drawsToArrow } from "../exchange/arrow.ts";
import { drawsFromCmdStan, drawsToCmdStan } from "../exchange/cmdstan-csv.ts";
import { inferenceDataText, readInferenceData } from "../exchange/inference-data.ts";
import type { NamedDraws, NamedDrawsOptions } from "../exchange/named-draws.ts";
import { namedDraws, readNamedDrawsOptions } from "../exchange/named-draws.ts";
import { unknownDrawsFile } from "../messages/exchange.ts";
import { DeclarationError } from "../messages/issue.ts";
import { requireFit } from "../model/require-fit.ts";
import type { Posterior } from "../samplers/posterior.ts";
import { readBytes, writeFault } from "./fit-file.ts";
import { drawsFromParquet, drawsToParquet } from "./parquet.ts";

type Format = "csv" | "arrow" | "parquet" | "json";

/** The format a file's name ends in, as `drawsFormat("draws.arrow")`. */
export function drawsFormat(path: string): Format {
  const ending = /\.(csv|arrow|feather|parquet|json)$/i.exec(path)?.[1]?.toLowerCase();
  if (!ending) throw new DeclarationError([unknownDrawsFile(path)]);
  return ending === "feather" ? "arrow" : (ending as Format);
}

/** `draws.csv` of chain 2 is `draws-2.csv`. */
const chainFile = (path: string, chain: number): string => path.replace(/(\.csv)$/i, `-${chain}$1`);

/**
 * Writes the draws of a posterior: `.csv` CmdStan's, a file a chain (`draws-1.csv` …); `.arrow`; `.parquet` (needs hyparquet-writer);
 * `.json` ArviZ's InferenceData.
 *
 * @param options.randomEffects whether draws of the random effects are written; default false
 * @returns the files written
 * @throws DeclarationError (as a rejection) when the name's ending is none of these, or a file cannot be written
 * @example await writeDraws("draws.arrow", fit);
 */
export async function writeDraws(path: string, fit: Posterior, given?: NamedDrawsOptions): Promise<string[]> {
  requireFit(fit, "writeDraws()");
  const options = readNamedDrawsOptions(given, "writeDraws()");
  const format = drawsFormat(path);
  const written: string[] = [];
  const write = async (file: string, content: string | Uint8Array) => {
    try {
      await writeFile(file, content);
    } catch (error) {
      throw writeFault(file, error as NodeJS.ErrnoException);
    }
    written.push(file);
  };
  if (format === "json") await write(path, inferenceDataText(fit, { randomEffects: options.randomEffects ?? false }));
  else {
    const draws = namedDraws(fit, options);
    if (format === "arrow") await write(path, drawsToArrow(draws));
    else if (format === "parquet") await write(path, await drawsToParquet(draws));
    else for (const [c, text] of drawsToCmdStan(draws).entries()) await write(chainFile(path, c + 1), text);
  }
  return written;
}

/** The files of a run's chains: the file itself, or `draws-1.csv`, `draws-2.csv` … for `draws.csv`, in the order of their numbers. */
async function chainFiles(path: string): Promise<string[]> {
  const folder = dirname(path);
  const [stem, ending] = [basename(path).slice(0, -4), basename(path).slice(-4)];
  const names = await readdir(folder).catch((): string[] => []);
  if (names.includes(basename(path))) return [path];
  const numbers = names.flatMap((name) => {
    const middle = name.startsWith(`${stem}-`) && name.endsWith(ending) ? name.slice(stem.length + 1, -4) : "";
    return /^\d+$/.test(middle) ? [Number(middle)] : [];
  });
  if (numbers.length === 0) return [path];
  return numbers.sort((a, b) => a - b).map((chain) => join(folder, `${stem}-${chain}${ending}`));
}

/**
 * Reads draws that this library or another program wrote. For `draws.csv` the files `draws-1.csv`, `draws-2.csv` … where there is
 * no file of that name; several files of a run can be named in a list.
 *
 * @throws DeclarationError (as a rejection) when a file is absent or holds no draws
 * @example const fit = posteriorFromDraws(herds.compile(), await readDraws("draws.arrow"));
 */
export async function readDraws(path: string | readonly string[]): Promise<NamedDraws> {
  const paths = typeof path === "string" ? [path] : path;
  const format = drawsFormat(paths[0] ?? "");
  const text = async (file: string) => new TextDecoder().decode(await readBytes(file));
  if (format === "csv") {
    const files = paths.length === 1 ? await chainFiles(paths[0]!) : paths;
    return drawsFromCmdStan(await Promise.all(files.map(text)));
  }
  if (format === "json") return readInferenceData(await text(paths[0]!)).draws;
  const bytes = await readBytes(paths[0]!);
  return format === "arrow" ? drawsFromArrow(bytes) : drawsFromParquet(bytes);
}
