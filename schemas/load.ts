/**
 * The six .avsc files as text. They are part of the module graph, so loading them needs no permission and no folder.
 *
 * @module
 */
import { QUOTE_V1, QUOTE_V2, REFERENCE_DATA_V1, REFERENCE_DATA_V2, TRADE_V1, TRADE_V2 } from "./avsc_texts.ts";
import type { RecordKind, SchemaVersion } from "./record_types.ts";

/** The schema versions there are, oldest first. */
export const SCHEMA_VERSIONS: readonly SchemaVersion[] = ["v1", "v2"];

/** The record kinds there are. */
export const RECORD_KINDS: readonly RecordKind[] = ["trade", "quote", "reference_data"];

/** A schema of the contract. */
export interface LoadedSchema {
  /** Kind of the records. */
  readonly kind: RecordKind;
  /** Schema version of the records. */
  readonly version: SchemaVersion;
  /** Namespace and name of the record, such as `com.k2.marketdata.TradeV2`. */
  readonly fullName: string;
  /** The file's bytes as text. Register exactly this: any other spelling would get another schema id. */
  readonly text: string;
}

/** A version that is not one of {@link SCHEMA_VERSIONS}. */
export class UnknownSchemaVersionError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "UnknownSchemaVersionError";
  /** `loadSchema` makes one for a version that it does not know. */
  constructor(readonly version: unknown) {
    super(
      `Cannot load schema version ${JSON.stringify(version) ?? version}: it is none of ${SCHEMA_VERSIONS.join(", ")}`,
    );
  }
}

/** A record kind that is not one of {@link RECORD_KINDS}. */
export class UnknownRecordKindError extends Error {
  override readonly name = "UnknownRecordKindError";
  constructor(readonly kind: unknown) {
    super(`Cannot load a schema for ${JSON.stringify(kind) ?? kind}: it is none of ${RECORD_KINDS.join(", ")}`);
  }
}

/** Parsed once here, since callers ask for codecs with every record. */
const SCHEMAS: Readonly<Record<SchemaVersion, Readonly<Record<RecordKind, LoadedSchema>>>> = {
  v1: {
    trade: loaded("trade", "v1", TRADE_V1),
    quote: loaded("quote", "v1", QUOTE_V1),
    reference_data: loaded("reference_data", "v1", REFERENCE_DATA_V1),
  },
  v2: {
    trade: loaded("trade", "v2", TRADE_V2),
    quote: loaded("quote", "v2", QUOTE_V2),
    reference_data: loaded("reference_data", "v2", REFERENCE_DATA_V2),
  },
};

function loaded(kind: RecordKind, version: SchemaVersion, text: string): LoadedSchema {
  const { namespace, name }: { namespace: string; name: string } = JSON.parse(text);
  return Object.freeze({ kind, version, fullName: `${namespace}.${name}`, text });
}

/**
 * A schema of the contract.
 *
 * @throws {UnknownSchemaVersionError} If the version is not known at run time.
 * @throws {UnknownRecordKindError} If the kind is not known.
 *
 * @example
 * ```ts
 * import { loadSchema } from "tickflume";
 * import assert from "node:assert/strict";
 *
 * assert.equal(loadSchema("trade", "v2").fullName, "com.k2.marketdata.TradeV2");
 * ```
 */
export function loadSchema(kind: RecordKind, version: SchemaVersion): LoadedSchema {
  if (!SCHEMA_VERSIONS.includes(version)) throw new UnknownSchemaVersionError(version);
  if (!RECORD_KINDS.includes(kind)) throw new UnknownRecordKindError(kind);
  return SCHEMAS[version][kind];
}

/** The full names of a record kind in all versions. */
export function recordNamesOf(kind: RecordKind): readonly string[] {
  return SCHEMA_VERSIONS.map((version) => SCHEMAS[version][kind].fullName);
}
