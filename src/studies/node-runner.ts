/** Where files and worker threads are: in Node, whose part of the library is loaded when a study asks for it. */
import { refusal } from "../messages/issue.ts";
import { needsNode } from "../messages/study-runs.ts";
import type { Study, StudyResults, StudyRunOptions } from "./study.ts";

export type StudyRunner = (study: Study, options: StudyRunOptions) => Promise<StudyResults>;

/**
 * The runner of `marginalia/node`.
 *
 * @throws DeclarationError (as a rejection) outside Node
 */
export async function nodeRunner(): Promise<StudyRunner> {
  const { process } = globalThis as { readonly process?: { readonly versions?: { readonly node?: string } } };
  if (process?.versions?.node === undefined) throw refusal("bad-option", ["run"], needsNode);
  // an address that no bundler follows: what is for browsers must not have it
  const here = import.meta.url;
  const place = new URL(`../node/run-study${here.slice(here.lastIndexOf("."))}`, here).href;
  const { runStudy } = (await import(/* @vite-ignore */ place)) as { readonly runStudy: StudyRunner };
  return runStudy;
}
