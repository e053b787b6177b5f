/**
 * Decodes the body of any Avro schema to JSON, for looking at topics.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { parseSchema } from "./parse_schema.ts";
import { type JsonValue, nameOf } from "./schema_model.ts";
import { BodyFault } from "./body_cursor.ts";
import { buildBodyReader, type ValueForms } from "./body_reader.ts";
import { DecodeError } from "./codec_errors.ts";
import { readUnscaled, unscaledText } from "./decimal.ts";

/** Longer than the integers of any sensible decimal; the cost of its text grows with the square of the length. */
const MAX_DECIMAL_BYTES = 128;
/** More than the scale of any sensible decimal; each decimal becomes a digit of text. */
const MAX_SCALE = 1_000;

const JSON_FORMS: ValueForms = {
  long: exactNumber,
  timestamp: exactNumber,
  decimal: (_precision, scale) => (bytes, cursor) => {
    if (bytes.length > MAX_DECIMAL_BYTES) throw cursor.fault(`a decimal of ${bytes.length} bytes is not plausible`);
    if (scale > MAX_SCALE) throw cursor.fault(`a decimal with ${scale} decimals is not plausible`);
    return unscaledText(readUnscaled(bytes), scale);
  },
  bytes: (bytes) => Buffer.from(bytes).toString("base64"),
  real: (value) => Number.isFinite(value) ? value : String(value),
};

function exactNumber(value: number | bigint): JsonValue {
  return typeof value === "bigint" ? value.toString() : value;
}

/**
 * Builds a decoder of one writer's schema. Keep it: building costs far more than decoding.
 *
 * Values without an exact JSON form become text: decimals (`"45.67000000"`, all decimals of the scale), longs past
 * 2^53, NaN and the infinities. Bytes and fixed become base64 text. A union's value appears without its branch.
 *
 * @returns A function that throws {@link DecodeError} for a body that is not of this schema.
 * @throws {SchemaParseError} If the text is no Avro schema.
 */
export function decoderFor(schemaText: string): (body: Uint8Array) => JsonValue {
  const schema = parseSchema(schemaText);
  const what = schema.name ?? `a body of type ${nameOf(schema)}`;
  const read = buildBodyReader(schema, JSON_FORMS);
  return (body) => {
    try {
      // Every form above makes JSON, and so do records, arrays and maps of them.
      return read(body) as JsonValue;
    } catch (cause) {
      if (!(cause instanceof BodyFault)) throw cause;
      const { path, offset, reason } = cause;
      throw new DecodeError(what, { path: path.join("."), offset, reason, cause });
    }
  };
}
