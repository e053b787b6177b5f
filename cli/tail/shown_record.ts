/**
 * A stored record as `tail` shows it: decoded by its schema id, or with the reason why it cannot be decoded.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { parseSchema, SchemaParseError } from "../../schemas/avro/parse_schema.ts";
import type { JsonValue } from "../../schemas/avro/schema_model.ts";
import { DecodeError } from "../../schemas/avro/codec_errors.ts";
import { decoderFor } from "../../schemas/avro/generic.ts";
import { parseFrame, WireError } from "../../schemas/avro/wire.ts";
import type { StoredRecord } from "../../transport/log.ts";
import { sourceOf, type SourceRowRef } from "../../transport/source_header.ts";
import { instantFields, instantTexts } from "../shared/instant_texts.ts";
import { RegistryError } from "../../transport/registry.ts";
import type { SchemaRegistry } from "../../transport/registry.ts";

/** A line of `tail`. */
export interface ShownRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number | string;
  /** Text; base64 with `key_encoding` if the bytes are no UTF-8. */
  readonly key: string | null;
  readonly key_encoding?: "base64";
  /** The row and load of the record, if its header names them. */
  readonly source?: SourceRowRef;
  readonly schema_id: number | null;
  /** Full name of the record, e.g. `com.k2.marketdata.TradeV2`. */
  readonly schema: string | null;
  /** The decoded value; base64 text if `error` is there. */
  readonly value: JsonValue;
  /** Instants of the value as ISO 8601 text; at a terminal only. */
  readonly instants?: Readonly<Record<string, string>>;
  /** Why the value could not be decoded. */
  readonly error?: string;
}

interface KnownSchema {
  readonly name: string | null;
  readonly decode: (body: Uint8Array) => JsonValue;
  readonly instants: ReadonlyMap<string, number>;
}

/** A schema that is not available, and why; another request for each record would not help. */
interface MissingSchema {
  readonly reason: string;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Turns stored records into lines. Asks the registry once for each schema id. */
export class RecordPresenter {
  readonly #registry: SchemaRegistry;
  readonly #showsInstants: boolean;
  readonly #schemas = new Map<number, KnownSchema | MissingSchema>();

  constructor(registry: SchemaRegistry, { showsInstants = false }: { readonly showsInstants?: boolean } = {}) {
    this.#registry = registry;
    this.#showsInstants = showsInstants;
  }

  /** @throws {RegistryError} If the registry cannot answer. A value that cannot be decoded is shown with the reason. */
  async present(
    record: StoredRecord,
    { topic, partition }: { readonly topic: string; readonly partition: number },
  ): Promise<ShownRecord> {
    const place = {
      topic,
      partition,
      offset: exactOffset(record.offset),
      ...shownKey(record.key),
      ...shownSource(record),
    };
    const { value } = record;
    if (value === null) return { ...place, schema_id: null, schema: null, value: null };
    const undecoded = (schemaId: number | null, error: string, schema: string | null = null): ShownRecord => ({
      ...place,
      schema_id: schemaId,
      schema,
      value: Buffer.from(value).toString("base64"),
      error,
    });
    try {
      const { schemaId, body } = parseFrame(value);
      const schema = await this.#schemaOf(schemaId);
      if ("reason" in schema) return undecoded(schemaId, schema.reason);
      try {
        const shown = { ...place, schema_id: schemaId, schema: schema.name, value: schema.decode(body) };
        return this.#showsInstants ? { ...shown, instants: instantTexts(shown.value, schema.instants) } : shown;
      } catch (error) {
        if (error instanceof DecodeError) return undecoded(schemaId, error.message, schema.name);
        throw error;
      }
    } catch (error) {
      if (error instanceof WireError) return undecoded(null, error.message);
      throw error;
    }
  }

  async #schemaOf(id: number): Promise<KnownSchema | MissingSchema> {
    const known = this.#schemas.get(id) ?? await this.#fetch(id);
    this.#schemas.set(id, known);
    return known;
  }

  async #fetch(id: number): Promise<KnownSchema | MissingSchema> {
    try {
      const text = await this.#registry.schemaById(id);
      const schema = parseSchema(text);
      return { name: schema.name ?? null, decode: decoderFor(text), instants: instantFields(schema) };
    } catch (error) {
      if (error instanceof RegistryError && error.code === "not_found") {
        return { reason: `the registry knows no schema with id ${id}` };
      }
      if (error instanceof SchemaParseError) return { reason: `schema ${id} cannot be used: ${error.message}` };
      throw error;
    }
  }
}

function shownKey(key: Uint8Array | null): Pick<ShownRecord, "key" | "key_encoding"> {
  if (key === null) return { key: null };
  try {
    return { key: utf8.decode(key) };
  } catch {
    return { key: Buffer.from(key).toString("base64"), key_encoding: "base64" };
  }
}

function shownSource(record: StoredRecord): Pick<ShownRecord, "source"> {
  const source = sourceOf(record);
  return source === null ? {} : { source };
}

function exactOffset(offset: bigint): number | string {
  return offset <= Number.MAX_SAFE_INTEGER ? Number(offset) : offset.toString();
}
