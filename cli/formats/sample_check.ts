/**
 * The first rows of a file beside the records that a mapping makes of them.
 *
 * @module
 */
import { Decimal } from "decimal.js";
import { describeField } from "../../records/errors.ts";
import { withDecimals } from "../../records/record_decimals.ts";
import { DECIMAL_V2 } from "../../records/values/decimal.ts";
import type { RecordKind, RecordV2, Unscaled } from "../../schemas/record_types.ts";
import type { Mapping } from "../../sources/formats/mapping/language.ts";
import { columnsOf } from "../../sources/formats/mapping/mapping_columns.ts";
import type { BadRow, RowSource } from "../../sources/source.ts";
import { instantText } from "../shared/instant_texts.ts";
import type { Session } from "../shared/session.ts";

/** A row as the check shows it. */
interface CheckedRow {
  readonly row: number;
  readonly line: number;
  /** Of the content, where the file is compressed. */
  readonly byte: number;
  readonly text: string;
  readonly record?: unknown;
  readonly rule?: string;
  readonly reason?: string;
  /** Where the mapping takes the value from. */
  readonly place?: string;
  /** What the mapping says there. */
  readonly encoding?: unknown;
}

/** How many rows are shown. */
const SHOWN_ROWS = 20;

/** Shows the first rows. @returns How many were shown, and how many of them are no records. */
export async function checkSample(
  session: Session,
  { source, mapping }: { readonly source: RowSource; readonly mapping: Mapping },
): Promise<{ readonly rows: number; readonly refused: number }> {
  let rows = 0, refused = 0;
  const reader = await source.open();
  const utf8 = new TextDecoder();
  try {
    while (rows < SHOWN_ROWS) {
      const batch = await reader.next(SHOWN_ROWS - rows);
      if (batch === null) break;
      for (const row of batch.rows) {
        const base = { row: row.row, line: row.line, byte: row.offset, text: utf8.decode(batch.raw(row)) };
        print(
          session,
          row.ok
            ? { ...base, record: readable(source.kind, row.record) }
            : { ...base, rule: row.rule, reason: row.reason, ...placeOf(row, mapping) },
        );
        rows += 1;
        if (!row.ok) refused += 1;
      }
    }
  } finally {
    await reader.close();
  }
  return { rows, refused };
}

const INSTANTS: ReadonlySet<string> = new Set(["timestamp", "listing_date", "delisting_date"]);
/** Of each run its own, and nothing of the row. */
const OF_THE_RUN = "ingestion_timestamp";

/** The record with instants as people write them, without what is absent. */
function readable(kind: RecordKind, record: Unscaled<RecordV2>): unknown {
  const values: object = withDecimals(kind, "v2", record);
  const shown = Object.entries(values).filter(([key, value]: [string, unknown]) => {
    return key !== OF_THE_RUN && value !== null && !(Array.isArray(value) && value.length === 0);
  });
  return Object.fromEntries(
    shown.map((
      [key, value]: [string, unknown],
    ) => [key, INSTANTS.has(key) ? instantText(Number(value)) : exact(value)]),
  );
}

/** A decimal with all the digits of its schema, as records are shown elsewhere. */
function exact(value: unknown): unknown {
  return value instanceof Decimal ? value.toFixed(DECIMAL_V2.scale) : value;
}

/** What the mapping says about the column that the reason names first; nothing where it names none. */
function placeOf(bad: BadRow, mapping: Mapping): { readonly place?: string; readonly encoding?: unknown } {
  const reason = bad.reason.replace(/^Record [0-9]+ of the line: /, "");
  const [found] = columnsOf(mapping).filter(({ name }) => reason.startsWith(`${describeField(name)} `))
    .toSorted((a, b) => b.name.length - a.name.length);
  if (found === undefined) return {};
  let encoding: unknown = mapping;
  for (const key of found.place.split(".")) {
    encoding = typeof encoding === "object" && encoding !== null ? Reflect.get(encoding, key) : undefined;
  }
  return { place: found.place, encoding };
}

function print(session: Session, row: CheckedRow): void {
  if (session.json) return session.printJson(row);
  session.print(`line ${row.line}, byte ${row.byte}`);
  session.print(`  row       ${row.text}`);
  if (row.rule === undefined) return session.print(`  record    ${JSON.stringify(row.record)}`);
  session.print(`  refused   ${row.reason}`);
  if (row.place !== undefined) session.print(`  mapping   ${row.place}: ${JSON.stringify(row.encoding)}`);
}
