/**
 * Picks the rows by which a content is known again.
 *
 * @module
 */
import type { ContentChain } from "../../records/content/content_chain.ts";
import type { RawRow } from "../formats/row_parser.ts";
import type { LineReader } from "./line_reader.ts";
import type { RowCut } from "./row_cut.ts";

/** The samples of one source. */
export class ContentSamples {
  readonly #chain: ContentChain | null;
  readonly #lines: LineReader;
  readonly #cut: RowCut;
  /** Of the batch that is being read, the last row that is good and has its line end; -1 if there is none. */
  #lastOffset = -1;
  #lastLength = 0;

  /** @param chain null where no later run reads on */
  constructor(chain: ContentChain | null, { lines, cut }: { readonly lines: LineReader; readonly cut: RowCut }) {
    this.#chain = chain;
    this.#lines = lines;
    this.#cut = cut;
  }

  beginBatch(): void {
    this.#lastOffset = -1;
  }

  /** A few of the rows, however many there are; what a row is that has no line end is not known yet. */
  add({ row, buffer, start, end }: RawRow): void {
    const chain = this.#chain;
    if (chain?.wantsSample(row) && this.#cut.ended) chain.sample(row, buffer.subarray(start, end));
  }

  /** The first row from this one on that is to be taken, if it has its line end. */
  next(row: number): number {
    return this.#chain?.nextSample(row) ?? Infinity;
  }

  /** Takes such a row. */
  take(row: number, bytes: Uint8Array): void {
    this.#chain?.sample(row, bytes);
  }

  /** Notes the bytes of a good row. */
  noteLast(offset: number, length: number): void {
    this.#lastOffset = offset;
    this.#lastLength = length;
  }

  /** Of each batch the last row, too: what is left of a content that was cut at its beginning is its end. */
  addLast(): void {
    const { buffer, base } = this.#lines, chain = this.#chain, start = this.#lastOffset - base;
    if (chain && start >= 0) chain.sampleLast(buffer.subarray(start, start + this.#lastLength));
  }
}
