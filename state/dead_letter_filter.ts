/**
 * Which dead letters a caller means, and how the database is asked for them.
 *
 * @module
 */
import type { VersionFlag } from "../config/version_flag.ts";
import type { DataType } from "../schemas/record_types.ts";
import type { DeadLetterRule } from "./dead_letter_rules.ts";
import { NAMED_SOURCE } from "./replaced_source.ts";

/** Which letters are meant. Absent: all of them. */
export interface DeadLetterFilter {
  /** Letters of the source with this id. */
  readonly source?: string | undefined;
  /** Letters of rows that were to become this. */
  readonly dataType?: DataType | undefined;
  /** Letters with this code. */
  readonly rule?: DeadLetterRule | undefined;
  /** Letters of the row with this number, from 1. */
  readonly row?: number | undefined;
  /** Letters of a load of this origin. */
  readonly origin?: string | undefined;
  /** Letters of this source, and of files that had its name before: no load of it has read their rows. */
  readonly named?: string | undefined;
  /** Part of the source's id, or of its name for people. */
  readonly sourcePart?: string | undefined;
  /** Letters with these ids. */
  readonly ids?: readonly number[] | undefined;
  /** Letters of a load under this version flag, and those whose flag is not known. */
  readonly versions?: VersionFlag | undefined;
  /** Letters that are open, or those that are retired. */
  readonly state?: DeadLetterState | undefined;
}

/** Whether a letter still says that a row is missing, or its source was loaded from the start since. */
export type DeadLetterState = "open" | "retired";

/** The condition of each filter. */
const FILTERS = [
  ["source", "source = ?"],
  ["dataType", "data_type = ?"],
  ["rule", "rule = ?"],
  ["row", "row = ?"],
  ["origin", "origin = ?"],
  ["named", `${NAMED_SOURCE} = ?`],
  ["sourcePart", "instr(source || char(10) || file, ?) > 0"],
  ["ids", "id IN (SELECT value FROM json_each(?))"],
  ["versions", "versions IN ('-', ?)"],
  ["state", "iif(retired_at IS NULL, 'open', 'retired') = ?"],
] as const;

/** The condition of a filter in SQL, and its values. */
export function conditionOf(
  filter: DeadLetterFilter,
): { readonly where: string; readonly values: (string | number)[] } {
  const terms = ["true"];
  const values: (string | number)[] = [];
  for (const [name, condition] of FILTERS) {
    const value = filter[name];
    if (value === undefined) continue;
    terms.push(condition);
    values.push(typeof value === "object" ? JSON.stringify(value) : value);
  }
  return { where: terms.join(" AND "), values };
}
