/**
 * A digest of trades, by which it shows whether a topic holds what the input says. It is made of each key's trades in their
 * order, so that neither partitions nor the order of the keys matter.
 *
 * @module
 */
import { createHash, type Hash } from "node:crypto";

/** What a trade says, without what each writer makes anew: ids and the time of ingestion. */
export interface TradeContent {
  readonly symbol: string;
  readonly micros: number;
  /** Times 10^8. */
  readonly price: number | bigint;
  /** Times 10^8. */
  readonly quantity: number | bigint;
  /** What is not so simple that each format has it alike; empty where it is not compared. */
  readonly rest: TradeRest | null;
}

/** The other fields of a trade. */
export interface TradeRest {
  readonly exchange: string;
  /** Number of the symbol in the enum. */
  readonly assetClass: number;
  readonly currency: string;
  /** Number of the symbol in the enum. */
  readonly side: number;
  readonly conditions: readonly string[];
  readonly sourceSequence: number | null;
  readonly platformSequence: number | null;
  /** Names and values, in any order. */
  readonly vendorData: readonly (readonly [name: string, value: string])[] | null;
}

/** Lines that are hashed at a time. */
const CHUNK_CHARS = 1 << 14;

/** Takes trades, and gives their digest at the end. */
export class TradeDigest {
  readonly #keys = new Map<string, { readonly hash: Hash; lines: string; trades: number }>();
  #trades = 0;

  get trades(): number {
    return this.#trades;
  }

  add(key: string, content: TradeContent): void {
    const ofKey = this.#keys.getOrInsertComputed(key, () => ({ hash: createHash("sha256"), lines: "", trades: 0 }));
    ofKey.lines += lineOf(content);
    ofKey.trades++;
    this.#trades++;
    if (ofKey.lines.length > CHUNK_CHARS) {
      ofKey.hash.update(ofKey.lines);
      ofKey.lines = "";
    }
  }

  /** The digest of everything that was added. Nothing can be added after it. */
  end(): string {
    const all = createHash("sha256");
    for (const [key, { hash, lines, trades }] of [...this.#keys].sort(([a], [b]) => a < b ? -1 : 1)) {
      all.update(`${key} ${trades} ${hash.update(lines).digest("hex")}\n`);
    }
    return all.digest("hex");
  }
}

function lineOf({ symbol, micros, price, quantity, rest }: TradeContent): string {
  return `${symbol},${micros},${price},${quantity}${rest === null ? "" : restOf(rest)}\n`;
}

function restOf(rest: TradeRest): string {
  const { exchange, assetClass, currency, side, conditions, sourceSequence, platformSequence, vendorData } = rest;
  const pairs = vendorData === null ? "null" : vendorData.map(([name, value]) => `${name}=${value}`).sort().join(";");
  return `,${exchange},${assetClass},${currency},${side},${
    conditions.join("|")
  },${sourceSequence},${platformSequence},` +
    pairs;
}
