/**
 * A load that writes nothing: it shows each row, its record and the encoded bytes side by side.
 *
 * @module
 */
import { versionsUnder } from "../../config/version_flag.ts";
import { RecordError } from "../../records/errors.ts";
import { unscaledToV1 } from "../../records/values/unscaled.ts";
import { codecFor, EncodeError } from "../../schemas/codec.ts";
import { parseSchema } from "../../schemas/avro/parse_schema.ts";
import type { JsonValue } from "../../schemas/avro/schema_model.ts";
import { decoderFor } from "../../schemas/avro/generic.ts";
import type { RecordKind, RecordV2, SchemaVersion, Unscaled } from "../../schemas/record_types.ts";
import type { GoodRow, RowBatch, RowSource, SourceRow } from "../../sources/source.ts";
import { heldBackText } from "../../telemetry/held_back_text.ts";
import { instantFields, instantTexts } from "../shared/instant_texts.ts";
import type { Session } from "../shared/session.ts";

/** A row as a dry run shows it. */
interface Shown {
  readonly row: number;
  readonly line: number;
  readonly offset: number;
  readonly source: string;
  readonly text: string;
  readonly version?: SchemaVersion;
  readonly message_id?: string;
  readonly record?: JsonValue;
  /** Instants of the record as ISO 8601 text; for people only. */
  readonly instants?: Readonly<Record<string, string>>;
  /** Avro body as hexadecimal digits; the five bytes before it hold the schema id, which only a registry gives. */
  readonly bytes?: string;
  readonly rule?: string;
  readonly reason?: string;
}

const BATCH_ROWS = 500;
const utf8 = new TextDecoder();

/** Shows at most `limit` rows of all sources together. */
export async function dryRun(
  session: Session,
  { sources, limit }: { sources: readonly RowSource[]; limit: number },
): Promise<void> {
  const versions = versionsUnder(session.settings.schemaVersion);
  let left = limit;
  for (const source of sources) {
    const reader = await source.open();
    try {
      while (left > 0) {
        const batch = await reader.next(Math.min(BATCH_ROWS, left));
        if (batch === null) break;
        left -= batch.rows.length;
        for (const row of batch.rows) {
          for (const shown of shownRows(source, { batch, row, versions })) print(session, shown);
        }
      }
      const heldBack = left > 0 ? reader.end?.().heldBack ?? null : null;
      if (heldBack !== null) session.say(`${source.name}: ${heldBackText(heldBack)}`);
    } finally {
      await reader.close();
    }
  }
}

function shownRows(
  source: RowSource,
  { batch, row, versions }: { batch: RowBatch; row: SourceRow; versions: readonly SchemaVersion[] },
): Shown[] {
  const { line, offset } = row;
  const base = { row: row.row, line, offset, source: source.name, text: utf8.decode(batch.raw(row)) };
  if (!row.ok) return [{ ...base, rule: row.rule, reason: row.reason }];
  return versions.map((version) => ({ ...base, ...encoded(source.kind, row, version) }));
}

function encoded(kind: RecordKind, { record, messageId }: GoodRow, version: SchemaVersion): Partial<Shown> {
  try {
    const codec: { encode(record: object): Uint8Array; schemaText: string } = codecFor(kind, version);
    const body = codec.encode(version === "v1" ? unscaledToV1(kind, record as Unscaled<RecordV2>) : record);
    // Decodes the bytes again, so that the user sees what a consumer will see.
    const shown = decoderFor(codec.schemaText)(body);
    const instants = instantTexts(shown, instantFields(parseSchema(codec.schemaText)));
    return { version, message_id: messageId, record: shown, instants, bytes: body.toHex() };
  } catch (error) {
    if (error instanceof RecordError) return { version, rule: error.rule, reason: error.message };
    if (error instanceof EncodeError) return { version, rule: "not_encodable", reason: error.message };
    throw error;
  }
}

function print(session: Session, shown: Shown): void {
  const { instants, ...exact } = shown;
  if (session.json) return session.printJson(exact);
  session.print(`${shown.source}:${shown.line} (row ${shown.row}, byte ${shown.offset})`);
  session.print(`  row     ${shown.text}`);
  if (shown.rule !== undefined) return session.print(`  refused ${shown.rule}: ${shown.reason}`);
  session.print(`  record  ${shown.version} ${JSON.stringify(shown.record)}`);
  session.print(`  instant ${JSON.stringify(instants)}`);
  session.print(`  bytes   ${shown.bytes}`);
}
