/**
 * What can go wrong between a record and its bytes.
 *
 * @module
 */
import type { RecordKind, SchemaVersion } from "../record_types.ts";

/** The schema in use. */
export interface CodecSubject {
  readonly kind: RecordKind;
  readonly version: SchemaVersion;
}

/** A record that its schema cannot hold exactly. Do not use any bytes written so far. */
export class EncodeError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "EncodeError";
  /** Kind of the record. */
  readonly kind: RecordKind;
  /** Schema version of the attempted encoding. */
  readonly version: SchemaVersion;
  /** Field, then index or map key, joined by dots; empty text is the record itself. */
  readonly path: string;
  /** The offending value. */
  readonly value: unknown;
  /** Completes a sentence that starts with the field. */
  readonly reason: string;

  /** A codec makes one; `path`, `value` and `reason` become the properties. */
  constructor(
    { kind, version }: CodecSubject,
    { path, value, reason, cause }: { path: string; value: unknown; reason: string; cause?: unknown },
  ) {
    const place = path === "" ? "the record" : path;
    super(`Cannot encode ${kind} ${version}: ${place} ${reason} (value: ${shown(value)})`, { cause });
    this.kind = kind;
    this.version = version;
    this.path = path;
    this.value = value;
    this.reason = reason;
  }
}

/** Bytes that are no record of the schema. */
export class DecodeError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "DecodeError";
  /** Field, then index or map key, joined by dots; empty text is the record itself. */
  readonly path: string;
  /** Byte of the body at which the codec noticed it. */
  readonly offset: number;
  /** Completes a sentence that starts with the field. */
  readonly reason: string;

  /** A codec makes one; `path`, `offset` and `reason` become the properties. */
  constructor(
    what: string,
    { path, offset, reason, cause }: { path: string; offset: number; reason: string; cause?: unknown },
  ) {
    super(`Cannot decode ${what}: ${path === "" ? "" : `${path}: `}${reason} (at byte ${offset})`, { cause });
    this.path = path;
    this.offset = offset;
    this.reason = reason;
  }
}

/** A value as short text. */
function shown(value: unknown): string {
  const text = typeof value === "string"
    ? JSON.stringify(value)
    : typeof value === "object" && value !== null
    ? Object.prototype.toString.call(value) === "[object Object]" && !("toFixed" in value) ? "an object" : String(value)
    : String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
