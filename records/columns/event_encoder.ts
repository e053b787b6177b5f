/**
 * Encodes events straight from their columns. An encoder is composed from the schema, once for each kind and version.
 * It encodes the fields that rows share once and copies their bytes; each own field of a row has a writer by its type.
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
import { ByteRun } from "../../schemas/avro/byte_run.ts";
import { buildFieldsWriter, UnwritableTypeError, type Writer } from "../../schemas/avro/body_writer.ts";
import { loadSchema } from "../../schemas/load.ts";
import type { SchemaVersion } from "../../schemas/record_types.ts";
import { RecordError } from "../errors.ts";
import { type EncodedFields, type EncodedVendorData, type EventColumns, type SharedFields } from "./event_columns.ts";
import { type EventKind, ownFieldsOf, type OwnLayout, PLAIN_LAYOUT } from "./own_layout.ts";
import { unscaledToV1 } from "../values/unscaled.ts";
import { type OwnCheck, ownField, type OwnWriter } from "./row_fields.ts";
import { vendorCheckOfV1, vendorField } from "./vendor_fields.ts";

/** Longer than the shared fields of most records; longer ones take a second attempt. */
const SHARED_BYTES = 4096;
const utf8 = new TextEncoder();

/** The encoder of one kind, version and layout. */
export class EventEncoder {
  readonly #kind: EventKind;
  readonly #version: SchemaVersion;
  /** In the schema's order, with the runs of shared fields in between. */
  readonly #writers: OwnWriter[] = [];
  readonly #checks: OwnCheck[] = [];
  /** Writers of the shared fields between own ones. */
  readonly #runs: Writer[] = [];
  /** Of `vendor_data`, if rows have values of their own in it. */
  #vendorData: Writer | null = null;

  constructor(kind: EventKind, version: SchemaVersion, readonly layout: OwnLayout) {
    this.#kind = kind;
    this.#version = version;
    const schema = parseSchema(loadSchema(kind, version).text);
    const fields = fieldsOf(schema);
    if (fields === undefined) throw new UnwritableTypeError(schema, "an event is a record");
    this.#compose(fields);
  }

  #compose(fields: readonly AvroField[]): void {
    const own = ownFieldsOf(this.#kind, this.#version, this.layout);
    let run: AvroField[] = [];
    const endRun = () => {
      if (run.length === 0) return;
      const index = this.#runs.push(buildFieldsWriter(run)) - 1;
      this.#writers.push((output, _columns, _row, { runs }) => output.run(runs[index] ?? NOTHING));
      run = [];
    };
    for (const field of fields) {
      const value = own[field.name];
      if (value === undefined) {
        run.push(field);
        continue;
      }
      endRun();
      if (value === "vendor_data") {
        this.#writers.push(vendorField(field.type, this.layout));
        this.#vendorData = buildFieldsWriter([field]);
        continue;
      }
      const { write, check } = ownField(value, field.type);
      this.#writers.push(write);
      if (check !== null) this.#checks.push(check);
    }
    endRun();
    const check = this.#version === "v1" ? vendorCheckOfV1(this.layout) : null;
    if (check !== null) this.#checks.push(check);
  }

  /** Makes an encoder of single rows of the columns. */
  rowsOf(columns: EventColumns): RowBodies {
    return new RowBodies(columns, {
      writers: this.#writers,
      checks: this.#checks,
      encode: (fields) => this.#sharedOf(fields),
    });
  }

  /** The shared fields, encoded at the first call; null if this version cannot hold one of them. */
  #sharedOf(shared: SharedFields): EncodedFields | null {
    const known = shared.encoded[this.#version];
    if (known?.by === this) return known.fields;
    const fields = this.#encodeShared(shared);
    shared.encoded[this.#version] = { by: this, fields };
    return fields;
  }

  #encodeShared(shared: SharedFields): EncodedFields | null {
    const { exchange, symbol, vendor_data } = shared.record;
    // An entry that is there twice is none that the record has.
    if (vendor_data !== null && this.layout.vendorKeys.some((name) => Object.hasOwn(vendor_data, name))) return null;
    try {
      const record = this.#version === "v1" ? unscaledToV1(this.#kind, shared.record) : shared.record;
      const runs = this.#runs.map((write) => new ByteRun(bytesOf(write, record)));
      const vendorData = this.#vendorData === null ? null : this.#encodeVendorData(shared, this.#vendorData);
      return { runs, eventIdPrefix: new ByteRun(utf8.encode(`${exchange}-${symbol}-`)), vendorData };
    } catch (error) {
      if (error instanceof RecordError || error instanceof ValueFault) return null;
      throw error;
    }
  }

  #encodeVendorData({ record }: SharedFields, write: Writer): EncodedVendorData {
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

/** What {@link RowBodies} encodes rows with. */
interface RowEncoding {
  readonly writers: readonly OwnWriter[];
  readonly checks: readonly OwnCheck[];
  readonly encode: (shared: SharedFields) => EncodedFields | null;
}

/** The bodies of the rows of some columns. */
export class RowBodies {
  readonly #columns: EventColumns;
  readonly #encoding: RowEncoding;
  readonly #output = new BodyOutput();
  /** Those of the row before: most rows have the same. */
  #shared: SharedFields | null = null;
  #encoded: EncodedFields | null = null;

  constructor(columns: EventColumns, encoding: RowEncoding) {
    this.#columns = columns;
    this.#encoding = encoding;
  }

  /** Whether a row can be encoded. */
  takes(row: number): boolean {
    if (this.#encodedOf(row) === null) return false;
    const { checks } = this.#encoding;
    for (let at = 0; at < checks.length; at++) if (checks[at]?.(this.#columns, row) === false) return false;
    return true;
  }

  /** Encodes a row that it {@link takes}. Returns the position after the body, or the number of missing bytes as a negative number. */
  encodeInto(row: number, buffer: Uint8Array, position: number): number {
    const shared = this.#encodedOf(row);
    if (shared === null) throw new Error(`Row ${row} of the columns is not one that this encoder takes`);
    const output = this.#output, { writers } = this.#encoding, columns = this.#columns;
    output.bytes = buffer;
    output.position = position;
    for (let at = 0; at < writers.length; at++) writers[at]?.(output, columns, row, shared);
    const missing = output.position - buffer.length;
    return missing > 0 ? -missing : output.position;
  }

  #encodedOf(row: number): EncodedFields | null {
    const shared = this.#columns.shared[row] ?? null;
    if (shared !== this.#shared) {
      this.#shared = shared;
      this.#encoded = shared === null ? null : this.#encoding.encode(shared);
    }
    return this.#encoded;
  }
}

const NOTHING = new ByteRun(new Uint8Array(0));
/** Where a key has few rows, its shared fields are a large part of them. */
const SCRATCH = new Uint8Array(SHARED_BYTES);

function bytesOf(write: Writer, record: unknown): Uint8Array {
  const output = new BodyOutput();
  for (let room = SHARED_BYTES;; room = output.position) {
    output.bytes = room === SHARED_BYTES ? SCRATCH : new Uint8Array(room);
    output.position = 0;
    write(output, record);
    if (output.position <= room) return output.bytes.slice(0, output.position);
  }
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
