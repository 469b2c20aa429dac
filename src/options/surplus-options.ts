/** Options given to what takes none. */
import { DeclarationError } from "../messages/issue.ts";
import { takesNoOptions } from "../messages/options.ts";
import { isRecord } from "./kinds.ts";

/**
 * Refuses a record of options where none is taken. Other surplus arguments are let pass: `fits.map(fitted)` hands over places and the list.
 *
 * @param of what takes none, as the user wrote it: `fitted()`
 * @throws DeclarationError naming the options
 */
export function refuseOptions(surplus: readonly unknown[], of: string): void {
  const given = surplus.find((value) => isRecord(value) && Object.keys(value).length > 0);
  if (given !== undefined) throw new DeclarationError([takesNoOptions(of, Object.keys(given as object))]);
}
