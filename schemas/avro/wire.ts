/**
 * The frame around an Avro body on a Kafka topic, as Confluent's serializers write it: one zero byte, the schema id as a
 * 4-byte big-endian integer, then the body.
 *
 * @module
 */

/** Bytes before the body. */
export const HEADER_BYTES = 5;

/** First byte of a framed value. */
export const MAGIC_BYTE = 0;

/** A value that is not framed, or a schema id that does not fit in the frame. */
export class WireError extends Error {
  override readonly name = "WireError";
}

/** Whether a header can hold the value as an id: an integer from 0 to 2^31-1. */
export function isSchemaId(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 0x7fffffff;
}

/**
 * Writes the five header bytes at a position. The buffer must have room for them.
 *
 * @throws {WireError} If the id is not an integer from 0 to 2^31-1, or the buffer is too short.
 */
export function writeHeader(buffer: Uint8Array, position: number, schemaId: number): void {
  if (!isSchemaId(schemaId)) {
    throw new WireError(`Cannot frame with schema id ${schemaId}: it is not an integer from 0 to 2147483647`);
  }
  if (position < 0 || position + HEADER_BYTES > buffer.length) {
    throw new WireError(`Cannot write a header at ${position}: the buffer has ${buffer.length} bytes`);
  }
  buffer[position] = MAGIC_BYTE;
  buffer[position + 1] = schemaId >>> 24;
  buffer[position + 2] = schemaId >>> 16;
  buffer[position + 3] = schemaId >>> 8;
  buffer[position + 4] = schemaId;
}

/**
 * Puts the header before a body, in new memory.
 *
 * @throws {WireError} If the id is not an integer from 0 to 2^31-1.
 */
export function frame(schemaId: number, body: Uint8Array): Uint8Array {
  const framed = new Uint8Array(HEADER_BYTES + body.length);
  writeHeader(framed, 0, schemaId);
  framed.set(body, HEADER_BYTES);
  return framed;
}

/** A framed value taken apart. */
export interface Frame {
  /** Id under which the registry has the schema of the body. */
  readonly schemaId: number;
  /** A view on the value's own memory, not a copy. */
  readonly body: Uint8Array;
}

/**
 * Takes a framed value apart.
 *
 * @throws {WireError} If the value is shorter than the header, starts with another byte, or its id is negative.
 */
export function parseFrame(value: Uint8Array): Frame {
  const [magic, a, b, c, d] = value;
  if (magic === undefined || a === undefined || b === undefined || c === undefined || d === undefined) {
    throw new WireError(`The value has ${value.length} bytes: a framed one has at least ${HEADER_BYTES}`);
  }
  if (magic !== MAGIC_BYTE) {
    throw new WireError(
      `The value starts with byte ${magic}: a framed one starts with ${MAGIC_BYTE} and the schema id`,
    );
  }
  const schemaId = a << 24 | b << 16 | c << 8 | d;
  if (schemaId < 0) throw new WireError(`The value names schema id ${schemaId}: ids are not negative`);
  return { schemaId, body: value.subarray(HEADER_BYTES) };
}
