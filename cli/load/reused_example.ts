/**
 * An example of a row that was written although a topic had its id: compares the row with the record there.
 *
 * @module
 */
import { Decimal } from "decimal.js";
import type { ReusedId } from "../../actors/delivery/already_written.ts";
import { unscaledToV1 } from "../../records/values/unscaled.ts";
import { codecFor, DecodeError } from "../../schemas/codec.ts";
import { parseFrame, WireError } from "../../schemas/avro/wire.ts";
import { type Log, LogError } from "../../transport/log.ts";

/** As `load --json` prints it. */
export interface ReusedExample {
  readonly message_id: string;
  readonly source: string;
  readonly row: number;
  readonly topic: string;
  /** The place of the existing record; null if this load has written it, for another file. */
  readonly partition: number | null;
  readonly offset: number | null;
  /** By field, the row's value and the record's value; empty if the record could not be read. */
  readonly differs: Readonly<Record<string, { readonly row: string; readonly there: string }>>;
}

interface AnyCodec {
  encode(record: object): Uint8Array;
  decode(body: Uint8Array): object;
}

/** Fields in which two records of one row may differ. */
const OWN_FIELDS: ReadonlySet<string> = new Set(["message_id", "ingestion_timestamp"]);

/** Parts of the example that cannot be read are left out: the load itself is done. */
export async function reusedExample(reused: ReusedId, log: Log): Promise<ReusedExample> {
  const { messageId, topic, version, kind, source, row, record, place } = reused;
  const codec: AnyCodec = codecFor(kind, version);
  const ours = codec.decode(codec.encode(version === "v1" ? unscaledToV1(kind, record) : record));
  const there = place === null ? null : await storedBody(log, topic, place);
  return {
    message_id: messageId,
    source,
    row,
    topic,
    partition: place?.partition ?? null,
    offset: place === null ? null : Number(place.offset),
    differs: there === null ? {} : differences(ours, decoded(codec, there)),
  };
}

/** The example for people. */
export function exampleText({ message_id, source, row, topic, partition, offset, differs }: ReusedExample): string {
  const sides = Object.entries(differs);
  const says = (side: "row" | "there") => sides.map(([field, values]) => `${field} ${values[side]}`).join(", ");
  const there = partition === null
    ? `another file of this load has it with other content in ${topic}`
    : `partition ${partition} of ${topic} has it at offset ${offset}${
      sides.length > 0 ? ` with ${says("there")}` : ""
    }`;
  return `For example ${message_id}: row ${row} of ${source}${
    sides.length > 0 ? ` says ${says("row")}` : ""
  }, ${there}.`;
}

async function storedBody(
  log: Log,
  topic: string,
  { partition, offset }: NonNullable<ReusedId["place"]>,
): Promise<Uint8Array | null> {
  try {
    for await (const records of log.read(topic, partition, { from: offset, to: offset + 1n })) {
      const value = records.find((record) => record.offset === offset)?.value ?? null;
      if (value !== null) return parseFrame(value).body;
    }
  } catch (error) {
    if (!(error instanceof LogError || error instanceof WireError)) throw error;
  }
  return null;
}

function decoded(codec: AnyCodec, body: Uint8Array): object | null {
  try {
    return codec.decode(body);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return null;
  }
}

function differences(ours: object, there: object | null): ReusedExample["differs"] {
  const known = new Map(Object.entries(there ?? ours).map(([field, value]) => [field, shown(value)]));
  return Object.fromEntries(
    Object.entries(ours).flatMap(([field, value]) => {
      const row = shown(value), other = known.get(field) ?? row;
      return row === other || OWN_FIELDS.has(field) ? [] : [[field, { row, there: other }]];
    }),
  );
}

function shown(value: unknown): string {
  if (value instanceof Decimal) return value.toFixed();
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
