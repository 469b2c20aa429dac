/** What `diagnose` finds, and how its checks tell it. */
import type { Said } from "../messages/findings.ts";

/** What was looked at. */
export type DiagnoseCheck =
  | "convergence"
  | "identification"
  | "saturation"
  | "boundary"
  | "collinearity"
  | "groups"
  | "dispersion"
  | "zeros"
  | "distribution"
  | "outliers"
  | "simulation"
  | "integral"
  | "influence"
  | "normality"
  | "chains"
  | "warning";

export interface Finding {
  readonly check: DiagnoseCheck;
  /** `problem`: what is said of the fit may be wrong. `note`: to know when reading it. `ok`: looked at, and fine. */
  readonly status: "ok" | "note" | "problem";
  readonly message: string;
  /** What to try next; null where nothing need be done. */
  readonly advice: string | null;
  /** The numbers of the sentence. */
  readonly values: Readonly<Record<string, number | string | null>>;
}

export type Add = (check: DiagnoseCheck, status: Finding["status"], sentence: Said, values?: Finding["values"]) => void;
