/**
 * The one place that knows avsc: its types for this project's schemas, which find out what is wrong with a record that
 * could not be encoded, and with which the tests compare the encoding. Five of its own types are replaced, each for a case in
 * which avsc writes something other than what it was given, or cannot take it (docs/schemas.md).
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import avro from "avsc";
import { described } from "./described.ts";
import { DecimalProblem, readUnscaled, unscaledOf, writeUnscaled } from "./decimal_bytes.ts";

/** avsc's output position on a buffer. It may run past the end: avsc compares once, after the whole value. */
interface Tap {
  readonly buf: Buffer;
  pos: number;
  writeLong(value: number): void;
  writeString(value: string): void;
}

type CheckHook = (value: unknown, type: avro.Type) => void;

// avsc's published types leave out the two methods that its own subclasses override. The version is pinned.
declare module "avsc" {
  interface Type {
    _check(value: unknown, flags?: number, hook?: CheckHook, path?: string[]): boolean;
    _write(tap: Tap, value: unknown): void;
  }
}

/** A type that can say why it refuses a value. */
export interface Explaining {
  /** Completes a sentence that starts with the value. */
  problem(value: unknown): string;
}

const LONG_LIMIT = 1n << 63n;
/** Zigzag doubles the value: avsc's number arithmetic is exact up to here, and wrong for odd results past it. */
const EXACT_NUMBER = 2 ** 52;

function refuse(type: Explaining, value: unknown): never {
  throw new TypeError(type.problem(value));
}

function report(
  fits: boolean,
  value: unknown,
  { type, hook }: { type: avro.Type; hook: CheckHook | undefined },
): boolean {
  if (!fits) hook?.(value, type);
  return fits;
}

function writeBigLong(tap: Tap, value: bigint): void {
  let rest = BigInt.asUintN(64, value << 1n ^ value >> 63n);
  while (rest > 127n) {
    tap.buf[tap.pos++] = Number(rest & 127n) | 128;
    rest >>= 7n;
  }
  tap.buf[tap.pos++] = Number(rest);
}

/** `long`, given as a number or a bigint. */
class WideLong extends avro.types.LongType implements Explaining {
  static {
    // How avsc's unions know that any kind of value may belong to this branch; they then ask `_check`.
    Object.defineProperty(this.prototype, "typeName", { value: "abstract:long" });
    Object.defineProperty(this.prototype, "_concreteTypeName", { value: "long" });
  }

  static #fits(value: unknown): value is number | bigint {
    if (typeof value === "number") return Number.isSafeInteger(value);
    return typeof value === "bigint" && value < LONG_LIMIT && value >= -LONG_LIMIT;
  }

  override _check(value: unknown, _flags?: number, hook?: CheckHook): boolean {
    return report(WideLong.#fits(value), value, { type: this, hook });
  }

  override _write(tap: Tap, value: unknown): void {
    if (typeof value === "number" && value < EXACT_NUMBER && value > -EXACT_NUMBER && Number.isInteger(value)) {
      tap.writeLong(value);
    } else if (WideLong.#fits(value)) {
      writeBigLong(tap, BigInt(value));
    } else {
      refuse(this, value);
    }
  }

  problem(value: unknown): string {
    if (typeof value === "bigint") return "does not fit in a 64-bit integer";
    if (typeof value !== "number") return `is ${described(value)}: a long is a whole number or a bigint`;
    return Number.isInteger(value)
      ? "is past 2^53-1, where a number is not exact: give a bigint"
      : "is not a whole number";
  }
}

/** `long` with a timestamp logical type: a number only, so that instants are numbers everywhere. */
class TimestampLong extends avro.types.LongType implements Explaining {
  override _check(value: unknown, _flags?: number, hook?: CheckHook): boolean {
    return report(Number.isSafeInteger(value), value, { type: this, hook });
  }

  override _write(tap: Tap, value: unknown): void {
    if (typeof value !== "number" || !Number.isSafeInteger(value)) return refuse(this, value);
    if (value < EXACT_NUMBER && value > -EXACT_NUMBER) tap.writeLong(value);
    else writeBigLong(tap, BigInt(value));
  }

  problem(value: unknown): string {
    return typeof value === "number"
      ? "is not a whole number below 2^53"
      : `is ${described(value)}: an instant is a whole number of its unit`;
  }
}

/** `string`, well-formed: avsc writes a lone surrogate as bytes that no UTF-8 reader takes. */
class TextType extends avro.types.StringType implements Explaining {
  override _check(value: unknown, _flags?: number, hook?: CheckHook): boolean {
    return report(typeof value === "string" && value.isWellFormed(), value, { type: this, hook });
  }

  override _write(tap: Tap, value: unknown): void {
    if (typeof value !== "string" || !value.isWellFormed()) return refuse(this, value);
    tap.writeString(value);
  }

  problem(value: unknown): string {
    return typeof value === "string"
      ? "holds a lone surrogate, which UTF-8 cannot spell"
      : `is ${described(value)}: text is needed`;
  }
}

/** `enum`: avsc takes the names of Object's own methods for symbols. */
class SymbolType extends avro.types.EnumType implements Explaining {
  override _check(value: unknown, _flags?: number, hook?: CheckHook): boolean {
    return report(symbolIndex(this, value) >= 0, value, { type: this, hook });
  }

  override _write(tap: Tap, value: unknown): void {
    const index = symbolIndex(this, value);
    if (index < 0) refuse(this, value);
    tap.writeLong(index);
  }

  problem(_value: unknown): string {
    return `is none of ${this.symbols.join(", ")}`;
  }
}

function symbolIndex({ symbols }: avro.types.EnumType, value: unknown): number {
  return typeof value === "string" ? symbols.indexOf(value) : -1;
}

/** `map`, with well-formed keys, in insertion order. */
class TextMapType extends avro.types.MapType implements Explaining {
  override _check(value: unknown, flags?: number, hook?: CheckHook, path?: string[]): boolean {
    return report(malformedKey(value) === undefined, value, { type: this, hook }) &&
      super._check(value, flags, hook, path);
  }

  override _write(tap: Tap, value: unknown): void {
    if (malformedKey(value) !== undefined) refuse(this, value);
    super._write(tap, value);
  }

  problem(value: unknown): string {
    return malformedKey(value) === undefined
      ? `is ${described(value)}: a map is a plain object`
      : "has a key with a lone surrogate, which UTF-8 cannot spell";
  }
}

function malformedKey(value: unknown): string | undefined {
  if (value === null || typeof value !== "object") return undefined;
  return Object.keys(value).find((key) => !key.isWellFormed());
}

/** `bytes` with logical type `decimal`, given as a Decimal or as the unscaled bigint. */
class DecimalType extends avro.types.LogicalType implements Explaining {
  readonly precision: number;
  readonly scale: number;

  constructor(schema: avro.Schema, options?: unknown) {
    super(schema, options);
    const { precision, scale = 0 }: { precision: number; scale?: number } = JSON.parse(JSON.stringify(schema));
    this.precision = precision;
    this.scale = scale;
    if (this.underlyingType.typeName !== "bytes" || precision > 18) {
      throw new TypeError("Cannot encode this decimal type: only bytes with a precision of at most 18 are built");
    }
  }

  override _write(tap: Tap, value: unknown): void {
    const length = writeUnscaled(unscaledOf(value, this), tap.buf, tap.pos + 1);
    tap.buf[tap.pos] = length << 1; // zigzag of a length below 64
    tap.pos += 1 + length;
  }

  override _check(value: unknown, _flags?: number, hook?: CheckHook): boolean {
    return report(this.problem(value) === "", value, { type: this, hook });
  }

  problem(value: unknown): string {
    try {
      unscaledOf(value, this);
      return "";
    } catch (cause) {
      if (cause instanceof DecimalProblem) return cause.message;
      throw cause;
    }
  }

  // avsc asks for these two when a schema gives a default to a decimal field.
  protected override _fromValue(value: Uint8Array): bigint {
    return readUnscaled(value);
  }

  protected override _toValue(value: unknown): Uint8Array {
    const scratch = new Uint8Array(8);
    return scratch.subarray(0, writeUnscaled(unscaledOf(value, this), scratch, 0));
  }
}

function attributesOf(schema: avro.Schema): { type: unknown; logicalType: unknown } {
  if (typeof schema === "string") return { type: schema, logicalType: undefined };
  return { type: Reflect.get(schema, "type"), logicalType: Reflect.get(schema, "logicalType") };
}

/**
 * Builds avsc's type of a schema.
 *
 * The type hook catches a `long` both as the bare word and as an object with attributes; avsc's own registry of types
 * would let the second form through.
 */
export function buildType(schemaText: string): avro.Type {
  const [wide, timestamp, text] = [new WideLong(), new TimestampLong(), new TextType()];
  const typeHook = (schema: avro.Schema, options: unknown): avro.Type | undefined => {
    const { type, logicalType } = attributesOf(schema);
    if (type === "long") return String(logicalType).startsWith("timestamp-") ? timestamp : wide;
    if (type === "string") return text;
    if (type === "enum") return new SymbolType(schema, options);
    if (type === "map") return new TextMapType(schema, options);
    return undefined;
  };
  return avro.Type.forSchema(JSON.parse(schemaText), {
    assertLogicalTypes: true,
    logicalTypes: { decimal: DecimalType },
    omitRecordMethods: true,
    typeHook,
  });
}
