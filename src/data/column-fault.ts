/** Why a table does not give a column. */
import * as messages from "../messages/data.ts";
import type { Issue } from "../messages/issue.ts";
import { nearestName } from "../options/nearest-name.ts";
import type { Table } from "./table.ts";

/** The fault of a column that is there but cannot be read, else that there is none of this name. */
export function columnFault(table: Table, name: string): Issue {
  return (
    table.faults?.get(name) ?? {
      code: "unknown-column",
      path: ["column", name],
      message: messages.unknownColumn(name, nearestName(name, table.names), table.names),
    }
  );
}
