/**
 * Encodes events straight from their columns. An encoder is composed from the schema, once for each kind and version.
 * It encodes the fields that rows share once and copies their bytes; each own field of a row has an operation by its type.
 * A new field of a schema is a shared one until OWN_FIELDS names it, and needs no code here.
 *
 * The encoder writes values whose unit is finer than the field's only if that loses nothing. For a row that it does not
 * take, the caller makes and converts the record: the conversion says what is wrong.
 *
 * @module
 */
import { parseSchema } from "../../schemas/avro/parse_schema.ts";
import { type AvroField, fieldsOf } from "../../schemas/avro/schema_model.ts";
import { ValueFault } from "../../schemas/avro/value_fault.ts";
import { BodyOutput } from "../../schemas/avro/body_output.ts";
import { buildFieldsWriter, UnwritableTypeError, type Writer } from "../../schemas/avro/body_writer.ts";
import { loadSchema } from "../../schemas/load.ts";
import type { SchemaVersion } from "../../schemas/record_types.ts";
import { RecordError } from "../errors.ts";
import type { EventColumns, SharedFields } from "./event_columns.ts";
import { type EventKind, ownFieldsOf, type OwnLayout, PLAIN_LAYOUT } from "./own_layout.ts";
import { unscaledToV1 } from "../values/unscaled.ts";
import { RowBodies } from "./row_bodies.ts";
import { OPERATION, type Operation, type OwnCheck, ownField } from "./row_operations.ts";
import { placeOfRun, SharedBlock, type VendorBytes } from "./shared_block.ts";
import { vendorCheckOfV1 } from "./vendor_check.ts";

/** Longer than the shared fields of most records; longer ones take a second attempt. */
const SHARED_BYTES = 4096;
const utf8 = new TextEncoder();

/** The encoder of one kind, version and layout. */
export class EventEncoder {
  readonly #kind: EventKind;
  readonly #version: SchemaVersion;
  /** In the schema's order, with the runs of shared fields in between. */
  readonly #operations: Operation[] = [];
  readonly #checks: OwnCheck[] = [];
  /** Writers of the shared fields between own ones. */
  readonly #runs: Writer[] = [];
  /** Of `vendor_data`, if rows have values of their own in it. */
  #vendorData: Writer | null = null;
  readonly #keys: readonly Uint8Array[];
  #words: Uint32Array | null = null;

  constructor(kind: EventKind, version: SchemaVersion, readonly layout: OwnLayout) {
    this.#kind = kind;
    this.#version = version;
    const schema = parseSchema(loadSchema(kind, version).text);
    const fields = fieldsOf(schema);
    if (fields === undefined) throw new UnwritableTypeError(schema, "an event is a record");
    this.#compose(fields);
    this.#keys = layout.vendorKeys.map((name) => utf8.encode(name));
  }

  #compose(fields: readonly AvroField[]): void {
    const own = ownFieldsOf(this.#kind, this.#version, this.layout);
    let run: AvroField[] = [];
    const endRun = () => {
      if (run.length === 0) return;
      const index = this.#runs.push(buildFieldsWriter(run)) - 1;
      this.#operations.push({ code: OPERATION.shared, argument: placeOfRun(index) });
      run = [];
    };
    for (const field of fields) {
      const value = own[field.name];
      if (value === undefined) {
        run.push(field);
        continue;
      }
      endRun();
      const { operation, check } = ownField(value, field.type);
      this.#operations.push(operation);
      if (check !== null) this.#checks.push(check);
      if (value === "vendor_data") this.#vendorData = buildFieldsWriter([field]);
    }
    endRun();
    const check = this.#version === "v1" ? vendorCheckOfV1(this.layout) : null;
    if (check !== null) this.#checks.push(check);
  }

  /** Makes an encoder of rows of the columns. */
  rowsOf(columns: EventColumns): RowBodies {
    return new RowBodies(columns, {
      operations: this.#words ??= wordsOf(this.#operations),
      checks: this.#checks,
      keys: this.#keys,
      blockOf: (fields) => this.#blockOf(fields),
    });
  }

  /** The shared fields, encoded at the first call; null if this version cannot hold one of them. */
  #blockOf(shared: SharedFields): SharedBlock | null {
    const known = shared.encoded[this.#version];
    if (known?.by === this) return known.block;
    const block = this.#encodeShared(shared);
    shared.encoded[this.#version] = { by: this, block };
    return block;
  }

  #encodeShared(shared: SharedFields): SharedBlock | null {
    const { exchange, symbol, vendor_data } = shared.record;
    // An entry that is there twice is none that the record has.
    if (vendor_data !== null && this.layout.vendorKeys.some((name) => Object.hasOwn(vendor_data, name))) return null;
    try {
      const record = this.#version === "v1" ? unscaledToV1(this.#kind, shared.record) : shared.record;
      return new SharedBlock({
        eventIdPrefix: utf8.encode(`${exchange}-${symbol}-`),
        runs: this.#runs.map((write) => bytesOf(write, record)),
        vendorData: this.#vendorData === null ? null : this.#encodeVendorData(shared, this.#vendorData),
      });
    } catch (error) {
      if (error instanceof RecordError || error instanceof ValueFault) return null;
      throw error;
    }
  }

  #encodeVendorData({ record }: SharedFields, write: Writer): VendorBytes {
    const texts = Object.entries(record.vendor_data ?? {});
    const output = new BodyOutput();
    const field = bytesOf(write, record);
    output.bytes = new Uint8Array(field.length);
    for (const [name, text] of texts) {
      output.string(name);
      output.string(text);
    }
    return { field, entries: output.bytes.slice(0, output.position), count: texts.length };
  }
}

/** Where a key has few rows, its shared fields are a large part of them. */
const SCRATCH = new BodyOutput();
SCRATCH.bytes = new Uint8Array(SHARED_BYTES);

function wordsOf(operations: readonly Operation[]): Uint32Array {
  return Uint32Array.from(operations.flatMap(({ code, argument = 0, divisor = 1 }) => [code, argument, divisor]));
}

function bytesOf(write: Writer, record: unknown): Uint8Array {
  SCRATCH.position = 0;
  write(SCRATCH, record);
  while (SCRATCH.position > SCRATCH.bytes.length) {
    SCRATCH.bytes = new Uint8Array(SCRATCH.position);
    SCRATCH.position = 0;
    write(SCRATCH, record);
  }
  const bytes = SCRATCH.bytes.slice(0, SCRATCH.position);
  // One long record must not keep its room.
  if (SCRATCH.bytes.length > SHARED_BYTES) SCRATCH.bytes = new Uint8Array(SHARED_BYTES);
  return bytes;
}

const ENCODERS = new WeakMap<OwnLayout, Map<string, EventEncoder>>();

/** The encoder of a kind, version and layout, made at the first call and then shared. */
export function eventEncoderOf(
  kind: EventKind,
  version: SchemaVersion,
  layout: OwnLayout = PLAIN_LAYOUT,
): EventEncoder {
  const ofLayout = ENCODERS.get(layout) ?? new Map<string, EventEncoder>();
  ENCODERS.set(layout, ofLayout);
  const key = `${kind} ${version}`;
  const known = ofLayout.get(key) ?? new EventEncoder(kind, version, layout);
  ofLayout.set(key, known);
  return known;
}
