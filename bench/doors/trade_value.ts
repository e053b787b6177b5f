/**
 * Reads a framed v2 trade, independently of the product: a walk over the fields in the order of the schema.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { BenchError } from "../bench_error.ts";
import type { TradeContent } from "./trade_digest.ts";

const MAGIC = 0;
const UUID_CHARS = 36;
/** Bytes of an integer that a number holds exactly. */
const EXACT_BYTES = 6;

/**
 * The content of a value.
 *
 * @param whole Whether `rest` is wanted.
 * @throws {BenchError} If it is no such value, or has no id.
 */
export function tradeIn(value: Uint8Array, { schemaId, whole }: { schemaId: number; whole: boolean }): TradeContent {
  const reader = new AvroReader(Buffer.from(value.buffer, value.byteOffset, value.length));
  const [magic, id] = reader.frame();
  if (magic !== MAGIC || id !== schemaId) {
    throw new BenchError(`A value has the frame ${magic}, ${id}, not 0, ${schemaId}`);
  }
  const [messageId, tradeId] = [reader.text(), reader.text()];
  if (messageId.length !== UUID_CHARS || tradeId === "") throw new BenchError("A value has no id");
  const symbol = reader.text(), exchange = reader.text(), assetClass = reader.long(), micros = reader.long();
  const price = reader.decimal(), quantity = reader.decimal(), currency = reader.text(), side = reader.long();
  const conditions = reader.blocks(() => reader.text());
  const sourceSequence = reader.optional(() => reader.long());
  if (reader.long() <= 0) throw new BenchError("A value has no time of ingestion");
  const platformSequence = reader.optional(() => reader.long());
  const vendorData = reader.optional(() => reader.blocks((): [string, string] => [reader.text(), reader.text()]));
  reader.end();
  return {
    ...{ symbol, micros, price, quantity },
    rest: whole
      ? { exchange, assetClass, currency, side, conditions, sourceSequence, platformSequence, vendorData }
      : null,
  };
}

class AvroReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  frame(): [magic: number, schemaId: number] {
    this.#at = 5;
    return [this.#bytes.readUInt8(0), this.#bytes.readInt32BE(1)];
  }

  /** A whole number that is exact as a number. */
  long(): number {
    let low = 0, factor = 1, byte: number;
    do {
      byte = this.#bytes.readUInt8(this.#at++);
      low += (byte & 0x7f) * factor;
      factor *= 128;
    } while (byte >= 0x80);
    const value = low % 2 === 0 ? low / 2 : -(low + 1) / 2;
    if (!Number.isSafeInteger(low)) throw new BenchError("A value has a number that is too large to be compared");
    return value;
  }

  text(): string {
    const length = this.long();
    const text = this.#bytes.toString("utf8", this.#at, this.#at + length);
    this.#at += length;
    return text;
  }

  /** An unscaled decimal, in however many bytes. */
  decimal(): number | bigint {
    const length = this.long();
    const from = this.#at;
    this.#at += length;
    if (length <= EXACT_BYTES) return this.#bytes.readIntBE(from, length);
    const value = BigInt.asIntN(length * 8, BigInt(`0x${this.#bytes.toString("hex", from, this.#at)}`));
    return BigInt(Number(value)) === value && Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  optional<T>(read: () => T): T | null {
    return this.long() === 0 ? null : read();
  }

  /** The items of an array or a map: in blocks, some of which say their size in bytes. */
  blocks<T>(item: () => T): T[] {
    const items: T[] = [];
    for (let count = this.long(); count !== 0; count = this.long()) {
      if (count < 0) this.long();
      for (let left = Math.abs(count); left > 0; left--) items.push(item());
    }
    return items;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new BenchError("A value is longer than its record");
  }
}
