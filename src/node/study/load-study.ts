/** The study of a module, for a process that is to work at it. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { fileNotFound } from "../../messages/files.ts";
import { DeclarationError } from "../../messages/issue.ts";
import * as messages from "../../messages/study-runs.ts";
import type { Study } from "../../studies/study.ts";
import { loadFor } from "../../studies/study-loader.ts";

const isStudy = (value: unknown): value is Study =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as Study).identity === "function" &&
  typeof (value as Study).chunk === "function";

/** The URL of a module by its path or URL. */
export const moduleUrl = (module: string | { readonly href: string }): string =>
  typeof module !== "string"
    ? module.href
    : /^(file|data|https?):/.test(module)
      ? module
      : pathToFileURL(resolve(module)).href;

/**
 * Loads a module and gives the studies that it exports or, where it exports none, declares. A module that runs its study is not waited for.
 *
 * @param wanted ends the loading as soon as a study is the one that is looked for
 * @throws DeclarationError (as a rejection) where there is no module, or loading it fails
 */
export async function studiesOf(
  url: string,
  wanted: (study: Study) => boolean = () => false,
): Promise<readonly Study[]> {
  const path = url.startsWith("file:") ? new URL(url) : null;
  if (path && !existsSync(path)) throw new DeclarationError([fileNotFound(decodeURIComponent(path.pathname))]);
  const declared: Study[] = [];
  const early = new Promise<"early">((found) => {
    loadFor({
      declared(study) {
        declared.push(study);
        if (wanted(study)) found("early");
      },
      asked: () => found("early"),
    });
  });
  const loading = import(/* @vite-ignore */ url) as Promise<Readonly<Record<string, unknown>>>;
  let loaded: Readonly<Record<string, unknown>> | "early";
  try {
    loaded = await Promise.race([loading, early]);
  } catch (error) {
    throw loadingFault(url, error as NodeJS.ErrnoException);
  }
  // what the rest of the module does is no concern of this process
  loading.catch(() => undefined);
  const exported = loaded === "early" ? [] : [...new Set(Object.values(loaded).filter(isStudy))];
  return exported.length > 0 ? exported : declared;
}

function loadingFault(url: string, error: NodeJS.ErrnoException): Error {
  if (error instanceof DeclarationError) return error;
  const shown = url.startsWith("file:") ? decodeURIComponent(new URL(url).pathname) : url;
  if (error?.code === "ERR_UNKNOWN_FILE_EXTENSION")
    return new DeclarationError([messages.moduleIsTypeScript(shown, process.versions.node)]);
  const faults = (error as { readonly issues?: DeclarationError["issues"] })?.issues;
  if (faults) return new DeclarationError(faults);
  return new DeclarationError([messages.moduleFails(shown, error instanceof Error ? error.message : String(error))]);
}

/**
 * The one study of a module, or the one of a name.
 *
 * @throws DeclarationError (as a rejection) where it has none or several
 */
export async function loadStudy(
  module: string,
  name?: string,
): Promise<{ readonly study: Study; readonly url: string }> {
  const url = moduleUrl(module);
  const studies = await studiesOf(url);
  const names = studies.map((study) => study.name);
  if (studies.length === 0) throw new DeclarationError([messages.noStudyIn(module)]);
  const found = name === undefined ? studies : studies.filter((study) => study.name === name);
  if (name !== undefined && found.length === 0)
    throw new DeclarationError([messages.noStudyNamed(module, name, names)]);
  if (found.length > 1) throw new DeclarationError([messages.severalStudiesIn(module, names)]);
  return { study: found[0]!, url };
}
