/**
 * A process that loads a module for the study in it, as worker threads and the command line do: it hears of each study that is declared, and a study that the
 * module itself runs is handed over instead. So a script that declares a study and runs it needs nothing else to be loaded by workers.
 */
import type { Study } from "./study.ts";

export interface StudyLoader {
  declared(study: Study): void;
  /** The module runs the study; its own program goes no further. */
  asked(study: Study): void;
}

const KEY = Symbol.for("marginalia.study-loader");

/** Undefined in a program that runs by itself. */
export const studyLoader = (): StudyLoader | undefined => (globalThis as { [KEY]?: StudyLoader })[KEY];

export function loadFor(loader: StudyLoader): void {
  (globalThis as { [KEY]?: StudyLoader })[KEY] = loader;
}
