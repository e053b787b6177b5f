/**
 * Reads encoded records back and compares them with their rows, field by field. It is slow, for `--verify`. A
 * difference is never the row's fault but a bug here, and nothing of the batch may be written.
 *
 * @module
 */
import { uuidToBytes } from "../../records/ids/uuid_text.ts";
import { unscaledToV1 } from "../../records/values/unscaled.ts";
import { codecFor } from "../../schemas/codec.ts";
import { parseFrame } from "../../schemas/avro/wire.ts";
import { REPLAYED } from "../../transport/source_header.ts";
import type { GoodRow, RowPlace } from "../../sources/source.ts";
import { keyOf } from "../encoding/encode_rows.ts";
import { type EncodedRecord, replayOf } from "../encoding/encoded_records.ts";
import type { RowsAdmitted, Target } from "../messages.ts";

/** A record that is not what its row says. */
export class EncodingMismatchError extends Error {
  override readonly name = "EncodingMismatchError";
  constructor(
    { row, line, offset }: RowPlace,
    /** What differs: a field, the key, the schema id or the header. */
    readonly field: string,
    { found, expected }: { readonly found: unknown; readonly expected: unknown },
  ) {
    super(
      `Row ${row} (line ${line}, byte ${offset}) was encoded wrongly: ${field} reads back as ${shown(found)} ` +
        `instead of ${shown(expected)}. Nothing of its batch is written; this is a bug, please report it.`,
    );
  }
}

/**
 * Compares the records of one target with the rows of their batch.
 *
 * @throws {EncodingMismatchError} For the first that differs.
 * @throws {DecodeError} If a record cannot be read at all.
 */
export function verifyEncoding(
  { batch, from }: Pick<RowsAdmitted, "batch" | "from">,
  target: Target,
  records: Iterable<EncodedRecord>,
): void {
  for (const record of records) {
    const row = batch.rows[record.index];
    if (row?.ok !== true) throw new RangeError(`Row ${record.index} of the batch is no record, and was encoded`);
    verify(row, record, { batch, from, target });
  }
}

function verify(
  row: GoodRow,
  { value, keyText, messageId, headers, origin, row: number }: EncodedRecord,
  { batch: { kind }, from, target: { version, schema } }: Pick<RowsAdmitted, "batch" | "from"> & { target: Target },
): void {
  const expect = (field: string, found: unknown, expected: unknown) => {
    if (!isSame(found, expected)) throw new EncodingMismatchError(row, field, { found, expected });
  };
  const { schemaId, body } = parseFrame(value);
  expect("schema id", schemaId, schema?.id);
  expect("key", keyText, keyOf(kind, row.record));
  expect("message id", messageId, row.messageId);
  const replayed = from !== null && "replayed" in from ? replayOf(row) : null;
  const id = version === "v1" ? [["message_id", uuidToBytes(row.messageId)]] : [];
  expect("headers", headers, replayed === null ? id : [...id, REPLAYED]);
  expect("origin", origin, from !== null && "origin" in from ? from.origin : replayed);
  if (origin !== null) expect("row number", number, row.row);
  const found = codecFor(kind, version).decodeUnscaled(body);
  const expected = version === "v1" ? unscaledToV1(kind, row.record) : row.record;
  expect("the list of fields", Object.keys(found), Object.keys(expected));
  for (const [field, wanted] of Object.entries(expected)) expect(field, Reflect.get(found, field), wanted);
}

/** Numbers and bigints of the same value are the same; so are lists, bytes and maps of the same content and order. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a === "bigint" || typeof b === "bigint") {
    return (typeof a === "number" || typeof a === "bigint") && (typeof b === "number" || typeof b === "bigint") &&
      String(a) === String(b);
  }
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const [ours, theirs] = [Object.entries(a), Object.entries(b)];
  return ours.length === theirs.length &&
    ours.every(([name, value], at) => name === theirs[at]?.[0] && isSame(value, theirs[at]?.[1]));
}

function shown(value: unknown): string {
  return JSON.stringify(value, (_, part) => typeof part === "bigint" ? `${part}n` : part) ?? String(value);
}
