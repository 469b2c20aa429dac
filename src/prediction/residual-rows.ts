/** The residual structure of a fit over new rows: the fit's strata and occasions, the rows' own times, places and groups. */
import { columnFault } from "../data/column-fault.ts";
import { Evaluation, Faults } from "../data/evaluation.ts";
import { encode, orderedLevels, recode } from "../data/factor.ts";
import { fittedResidual } from "../data/fitted-residual.ts";
import { buildResidual } from "../data/residual-design.ts";
import type { Table } from "../data/table.ts";
import { columnsOfResidual } from "../dsl/columns-used.ts";
import { usesFitted } from "../dsl/residual-spec.ts";
import { DeclarationError } from "../messages/issue.ts";
import { fittedNewRows } from "../messages/residual-fits.ts";
import type { CompiledModel } from "../model/compiled-model.ts";
import type { ResidualData } from "../residual/residual-data.ts";

/**
 * @param rows rows of the table that are predicted for
 * @param paired whether C⁻¹ will be needed by pairs of rows
 * @throws DeclarationError where a column of the structure is absent or missing, a stratum was not seen by the fit, or the variance depends on the
 * fitted values
 */
export function residualRows(model: CompiledModel, table: Table, rows: Int32Array, paired = false): ResidualData {
  const { spec, family, design } = model;
  if (usesFitted(spec.residual)) throw new DeclarationError([fittedNewRows()]);
  const faults = new Faults();
  const evaluation = new Evaluation(table, rows, faults, { states: { ...design.recipe.states }, learn: false });
  const levels = (name: string) => {
    const column = table.column(name);
    if (column === undefined) return null;
    const coded = encode(column);
    const declared = Object.hasOwn(spec.factors, name) ? spec.factors[name] : undefined;
    const { levels: known, extra } = orderedLevels(column, coded, declared);
    const all = [...known, ...extra];
    return {
      levels: all,
      codes: recode(coded, all),
      ...(column.kind === "numeric" && !column.texts && { numbers: true }),
    };
  };
  const absent = [...columnsOfResidual(spec.residual)].filter(
    (name) => name !== "pi" && table.column(name) === undefined,
  );
  for (const name of new Set(absent)) faults.addIssue(columnFault(table, name));
  const residual =
    absent.length > 0
      ? null
      : buildResidual(
          spec.residual!,
          { evaluation, rows, levels, paired, sigmaGiven: family.sigma !== undefined },
          fittedResidual(model.residual.data!),
        );
  if (faults.issues.length > 0 || residual === null) throw new DeclarationError(faults.issues);
  return residual;
}
