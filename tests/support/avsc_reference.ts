/**
 * avsc's own encoding, through its public doors: tests compare the writers' bytes with it. It refuses values that avsc
 * would write as something else (docs/decisions/avro.md).
 *
 * @module
 */
import { Buffer } from "node:buffer";
import avro from "avsc";
import { Decimal } from "decimal.js";

const LONG_LIMIT = 1n << 63n;

function isLong(value: unknown): boolean {
  return typeof value === "bigint" ? value < LONG_LIMIT && value >= -LONG_LIMIT : Number.isSafeInteger(value);
}

/** `long` in avsc's way for integers beyond 2^53. */
function longType(isValid: (value: unknown) => boolean): avro.types.LongType {
  return avro.types.LongType.__with({
    isValid,
    toBuffer(value: number | bigint): Buffer {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(BigInt(value));
      return bytes;
    },
    fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
    fromJSON: BigInt,
    toJSON: Number,
    compare: (one: bigint, other: bigint) => Number(one - other),
  });
}

/** Two's complement by definition: the fewest bytes whose range contains the value. */
export function fewestBytes(value: bigint): readonly number[] {
  let length = 1;
  while (value >= 1n << BigInt(8 * length - 1) || value < -(1n << BigInt(8 * length - 1))) length++;
  const bits = BigInt.asUintN(8 * length, value);
  return Array.from({ length }, (_, at) => Number(bits >> BigInt(8 * (length - 1 - at)) & 255n));
}

/** `bytes` with logical type `decimal`, from a Decimal or an unscaled bigint. */
class DecimalType extends avro.types.LogicalType {
  readonly #precision: number;
  readonly #scale: number;

  constructor(schema: avro.Schema, options?: unknown) {
    super(schema, options);
    this.#precision = Number(Reflect.get(Object(schema), "precision"));
    this.#scale = Number(Reflect.get(Object(schema), "scale"));
  }

  protected override _toValue(value: unknown): Buffer {
    const unscaled = typeof value === "bigint" ? value : this.#unscaled(value);
    if (unscaled >= 10n ** BigInt(this.#precision) || -unscaled >= 10n ** BigInt(this.#precision)) {
      throw new RangeError("too many digits");
    }
    return Buffer.from(fewestBytes(unscaled));
  }

  #unscaled(value: unknown): bigint {
    if (!Decimal.isDecimal(value)) throw new TypeError("no decimal");
    const [whole = "", fraction = ""] = value.toFixed().split(".");
    if (fraction.length > this.#scale) throw new RangeError("too many decimals");
    return BigInt(whole + fraction.padEnd(this.#scale, "0"));
  }
}

function hasLoneSurrogate(value: unknown): boolean {
  if (typeof value === "string") return !value.isWellFormed();
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, item]) => !key.isWellFormed() || hasLoneSurrogate(item));
}

/** avsc's bytes of a value. Throws if avsc or one of the checks refuses the value. */
export function bytesByAvsc(schemaText: string, value: unknown): Uint8Array {
  const [long, instant] = [longType(isLong), longType(Number.isSafeInteger)];
  const type = avro.Type.forSchema(JSON.parse(schemaText), {
    assertLogicalTypes: true,
    logicalTypes: { decimal: DecimalType },
    omitRecordMethods: true,
    typeHook(schema) {
      const isPlain = schema === "long";
      if (!isPlain && Reflect.get(Object(schema), "type") !== "long") return undefined;
      return String(Reflect.get(Object(schema), "logicalType")).startsWith("timestamp-") ? instant : long;
    },
  });
  if (hasLoneSurrogate(value)) throw new TypeError("UTF-8 cannot spell it");
  if (type instanceof avro.types.EnumType && !type.symbols.some((symbol) => symbol === value)) {
    throw new TypeError("no symbol");
  }
  return type.toBuffer(value);
}
