/**
 * Population-averaged coefficients side by side: what a mixed model implies for the population, by the attenuation formula and by the exact integral, beside
 * what estimating equations estimate directly.
 */
import { custom, optional } from "valibot";
import { attenuatedCoefficients } from "../effects/attenuated-coefficients.ts";
import type { ClusterBootstrap } from "../effects/cluster-bootstrap.ts";
import { projectedCoefficients } from "../effects/marginal-coefficients.ts";
import { nothingMarginal } from "../messages/gee.ts";
import { refusal } from "../messages/issue.ts";
import type { Fit } from "../model/fit.ts";
import { type Pausable, pauseDue } from "../optimise/pausable.ts";
import { recordOf } from "../options/kinds.ts";
import { doneOrPromised, type InSlices, longWorkEntries, type Report } from "../options/long-work.ts";
import { type OptionsOf, optionsSchema, readOptions } from "../options/read-options.ts";
import { formatColumn } from "../report/format-number.ts";
import { namedFits } from "../report/named-fits.ts";
import { type Printable, printable } from "../report/printable.ts";
import { type Style, textTable } from "../report/text-table.ts";

/** What a column holds: a mixed model's own coefficients, those of its population mean, or a GEE's. */
export type MarginalKind = "typical" | "attenuated" | "marginal" | "gee" | "bootstrap";

export interface MarginalEntry {
  readonly estimate: number;
  readonly std_error: number | null;
}

export interface MarginalColumn {
  /** Name of the fit. */
  readonly fit: string;
  readonly kind: MarginalKind;
  /** By term. */
  readonly entries: Readonly<Record<string, MarginalEntry>>;
}

export interface MarginalComparison extends Printable {
  readonly terms: readonly string[];
  readonly columns: readonly MarginalColumn[];
}

const aBootstrap = custom<ClusterBootstrap>(
  (value) => Array.isArray((value as ClusterBootstrap)?.rows) && "replicates" in (value as ClusterBootstrap),
  "what clusterBootstrap() returned",
);

const compareMarginalEntries = {
  /** Cluster bootstraps to show beside the fits, by name. */
  bootstrap: optional(recordOf(aBootstrap, "cluster bootstraps by name"), {}),
};

const compareMarginalOptions = optionsSchema(compareMarginalEntries);
const compareMarginalInSlices = optionsSchema({ ...compareMarginalEntries, ...longWorkEntries });

export type CompareMarginalOptions = OptionsOf<typeof compareMarginalOptions>;

type Row = MarginalEntry & { readonly term: string };

const column = (fit: string, kind: MarginalKind, rows: readonly Row[]): MarginalColumn => ({
  fit,
  kind,
  entries: Object.fromEntries(rows.map(({ term, estimate, std_error }) => [term, { estimate, std_error }])),
});

/** The links of the attenuation formula. */
const ATTENUATED = ["identity", "log", "logit", "probit"];

function* columnsOf(name: string, fit: Fit, report: Report): Pausable<MarginalColumn[]> {
  const fixed = fit.tidy({ effects: ["fixed"] }).filter(({ component }) => component === "cond");
  if (fit.kind === "gee") return [column(name, "gee", fixed)];
  const { link, predictors } = fit.model.family;
  const attenuated =
    ATTENUATED.includes(link) && predictors.length === 1
      ? [column(name, "attenuated", attenuatedCoefficients(fit).rows)]
      : [];
  if (pauseDue()) yield;
  const marginal = yield* projectedCoefficients(fit, { confLevel: 0.95 }, report);
  return [column(name, "typical", fixed), ...attenuated, column(name, "marginal", marginal.rows)];
}

/**
 * One table of coefficients of the population mean. A mixed model (maximum likelihood or posterior) gives three columns: `typical`,
 * its own coefficients, which describe a group with random effect 0; `attenuated`, those shrunk by the formula of Zeger, Liang & Albert 1988;
 * `marginal`, the exact ones. A GEE gives its coefficients with their robust errors, a bootstrap its estimates with bootstrap errors.
 *
 * @returns the table; with a `signal` or `onProgress` a promise of it, which rejects with the signal's own reason when it aborts
 * @throws DeclarationError when there is nothing to compare
 * @example
 * compareMarginal({ glmm, gee: geeFit }, { bootstrap: { "gee boot": clusterBootstrap(geeFit, { seed: 1 }) } }).print();
 */
export function compareMarginal(
  fits: Readonly<Record<string, Fit>>,
  options: InSlices<CompareMarginalOptions>,
): Promise<MarginalComparison>;
export function compareMarginal(
  fits: Readonly<Record<string, Fit>>,
  options?: CompareMarginalOptions,
): MarginalComparison;
export function compareMarginal(
  fits: Readonly<Record<string, Fit>>,
  options?: CompareMarginalOptions,
): MarginalComparison | Promise<MarginalComparison> {
  const { bootstrap, ...read } = readOptions(compareMarginalInSlices, options, { of: "compareMarginal()" });
  const named = namedFits(fits, [], "compareMarginal()");
  return doneOrPromised((report) => compared(named, bootstrap, report), read);
}

function* compared(
  fits: ReturnType<typeof namedFits>,
  bootstrap: Readonly<Record<string, ClusterBootstrap>>,
  report: Report,
): Pausable<MarginalComparison> {
  const ofFits: MarginalColumn[] = [];
  for (const [name, fit] of fits) ofFits.push(...(yield* columnsOf(name, fit, report)));
  const columns = [
    ...ofFits,
    ...Object.entries(bootstrap).map(([name, { rows }]) =>
      column(
        name,
        "bootstrap",
        rows.filter(({ effect, component }) => effect === "fixed" && component === "cond"),
      ),
    ),
  ];
  if (columns.length === 0) throw refusal("nothing-to-compare", ["fits"], nothingMarginal());
  const terms = [...new Set(columns.flatMap(({ entries }) => Object.keys(entries)))];
  return printable(
    { terms, columns },
    (style) => comparisonText(terms, columns, style),
    () =>
      columns.flatMap(({ fit, kind, entries }) =>
        Object.entries(entries).map(([term, entry]) => ({ fit, kind, term, ...entry })),
      ),
  );
}

function comparisonText(terms: readonly string[], columns: readonly MarginalColumn[], style: Style): string {
  const cells = (values: readonly (number | null | undefined)[]) => formatColumn(values, 4, 3);
  return [
    style("Coefficients (standard errors): typical = random effect 0; all others are of the population mean", "title"),
    "",
    ...textTable(
      [
        { header: "", cells: terms, align: "left" },
        ...columns.flatMap(({ fit, kind, entries }) => {
          const of = terms.map((term) => (Object.hasOwn(entries, term) ? entries[term] : undefined));
          return [
            { header: kind === fit ? fit : `${fit} ${kind}`, cells: cells(of.map((entry) => entry?.estimate)) },
            {
              header: "(se)",
              cells: cells(of.map((entry) => entry?.std_error)).map((text) => (text === "" ? "" : `(${text})`)),
            },
          ];
        }),
      ],
      style,
    ),
  ].join("\n");
}
