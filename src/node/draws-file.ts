/** Draws to and from files, the format told by the name. */
import { readdir, readFile, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { drawsFromArrow, drawsToArrow } from "../exchange/arrow.ts";
import { drawsFromCmdStan, drawsToCmdStan, isOwnCmdStan } from "../exchange/cmdstan-csv.ts";
import { inferenceDataText, readInferenceData } from "../exchange/inference-data.ts";
import type { NamedDraws, NamedDrawsOptions } from "../exchange/named-draws.ts";
import { namedDraws, readNamedDrawsOptions } from "../exchange/named-draws.ts";
import { unknownDrawsFile } from "../messages/exchange.ts";
import { DeclarationError } from "../messages/issue.ts";
import { requireFit } from "../model/require-fit.ts";
import type { Posterior } from "../samplers/posterior.ts";
import { readBytes } from "./fit-file.ts";
import { drawsFromParquet, drawsToParquet } from "./parquet.ts";
import { inFile } from "./read-fault.ts";
import { type FileContent, writeWhole } from "./whole-file.ts";

type Format = "csv" | "arrow" | "parquet" | "json";

/** The files that draws are written to, as far as the number of chains is not asked: the first of them. */
export const firstDrawsFile = (path: string): string => (drawsFormat(path) === "csv" ? chainFile(path, 1) : path);

/** The format a file's name ends in, as `drawsFormat("draws.arrow")`. */
function drawsFormat(path: string): Format {
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
 * @throws DeclarationError (as a rejection) when the name's ending is none of these, or a file cannot be written; then none is
 * @example await writeDraws("draws.arrow", fit);
 */
export async function writeDraws(path: string, fit: Posterior, given?: NamedDrawsOptions): Promise<string[]> {
  requireFit(fit, "writeDraws()");
  const options = readNamedDrawsOptions(given, "writeDraws()");
  const format = drawsFormat(path);
  const files = await contents(path, format, fit, options);
  writeWhole(...files);
  if (format === "csv") await removeFormer(path, files.length);
  return files.map(([file]) => String(file));
}

/** The files of a run and what they are to hold. */
async function contents(
  path: string,
  format: Format,
  fit: Posterior,
  options: NamedDrawsOptions,
): Promise<FileContent[]> {
  if (format === "json") return [[path, inferenceDataText(fit, { randomEffects: options.randomEffects ?? false })]];
  const draws = namedDraws(fit, options);
  if (format === "arrow") return [[path, drawsToArrow(draws)]];
  if (format === "parquet") return [[path, await drawsToParquet(draws)]];
  return drawsToCmdStan(draws).map((text, c) => [chainFile(path, c + 1), text]);
}

/** Removes the files that a former run of more chains left under the name: they would be read as chains of this one. */
async function removeFormer(path: string, chains: number): Promise<void> {
  for (let chain = chains + 1; ; chain++) {
    const file = chainFile(path, chain);
    const text = await readFile(file, "utf8").catch(() => "");
    if (!isOwnCmdStan(text)) return;
    await unlink(file);
  }
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
    return drawsFromCmdStan(await Promise.all(files.map(text)), files);
  }
  const file = paths[0]!;
  if (format === "json") {
    const json = await text(file);
    return inFile(file, () => readInferenceData(json).draws);
  }
  const bytes = await readBytes(file);
  return inFile(file, () => (format === "arrow" ? drawsFromArrow(bytes) : drawsFromParquet(bytes)));
}
