/**
 * The bytes of an input that are in memory. Everything from the last {@link InputWindow.mark} on stays in one buffer, and
 * no byte in a buffer is ever overwritten: when one is full, a new one takes its place. So a batch may keep views of its
 * rows for as long as it lives.
 *
 * @module
 */
import type { ContentChain, ContentMark } from "../../records/content/content_chain.ts";

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Where bytes come from; `Deno.FsFile` and `Deno.stdin` are ones. */
export interface ByteInput {
  /** Fills part of the buffer; null at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
}

/** What an {@link InputWindow} is of. */
export interface InputWindowOptions {
  /** Where the input stands in its source. */
  readonly offset: number;
  /** Bytes asked for at a time. */
  readonly windowBytes: number;
  /** Takes every byte that rows were made of, in order; stands at `offset`. */
  readonly chain: ContentChain | null;
}

/** Some bytes of one input. */
export class InputWindow {
  /** Holds the rows taken since the last mark. */
  buffer: Uint8Array = new Uint8Array(0);
  /** Where the buffer's first byte stands in the source. */
  base: number;
  /** The part of the buffer that has been read. */
  read: Uint8Array = this.buffer;
  /** Where the next row begins in it. */
  next = 0;
  /** The next row does not end between `next` and here. */
  searched = 0;
  /** Whether the input has ended. */
  ended = false;
  readonly #input: ByteInput;
  readonly #windowBytes: number;
  readonly #chain: ContentChain | null;
  /** What stands before it in the buffer is in the chain. */
  #chained = 0;
  #mark = 0;

  constructor(input: ByteInput, { offset, windowBytes, chain }: InputWindowOptions) {
    this.#input = input;
    this.base = offset;
    this.#windowBytes = windowBytes;
    this.#chain = chain;
  }

  /** From here on rows stay in the buffer. */
  mark(): void {
    this.#mark = this.next;
  }

  /** The next row begins there. */
  goTo(next: number): void {
    this.next = next;
    this.searched = next;
  }

  /** Reads more of the input. A byte order mark at its start is skipped. */
  async fill(): Promise<void> {
    if (this.read.length === this.buffer.length) this.#makeRoom();
    const from = this.read.length;
    const count = await this.#input.read(this.buffer.subarray(from));
    if (count === null) this.ended = true;
    else this.read = this.buffer.subarray(0, from + count);
    if (this.base === 0 && this.next === 0) this.#skipByteOrderMark();
  }

  /**
   * Reads the rest of a row that is not kept: what is in the buffer is part of it, and is given up.
   *
   * @param endOf how many of the bytes that follow are the row's; -1 if all are, and it goes on
   * @returns where the input ends, if it does so within the row; else null: what follows the row is in a new buffer
   */
  async passOver(endOf: (bytes: Uint8Array) => number): Promise<number | null> {
    this.#chainUpTo(this.read.length);
    let base = this.base + this.read.length;
    const window = new Uint8Array(this.#windowBytes);
    for (;;) {
      const count = await this.#input.read(window);
      if (count === null) return base;
      const bytes = window.subarray(0, count), end = endOf(bytes);
      if (end >= 0) {
        this.#replace(window, { base, filled: count });
        this.goTo(end);
        return null;
      }
      base += count;
      this.#chain?.update(bytes);
    }
  }

  /** The input has ended, and nothing of what was read is kept. The reader stands there. */
  endAt(offset: number): void {
    this.ended = true;
    this.#replace(new Uint8Array(0), { base: offset, filled: 0 });
  }

  /** The mark of everything before a place that rows were taken up to; undefined without a chain. */
  contentUpTo(offset: number): ContentMark | undefined {
    this.#chainUpTo(offset - this.base);
    return this.#chain?.mark();
  }

  #chainUpTo(index: number): void {
    if (index <= this.#chained) return;
    this.#chain?.update(this.read.subarray(this.#chained, index));
    this.#chained = index;
  }

  /** Moves what is kept to a new buffer. */
  #makeRoom(): void {
    this.#chainUpTo(this.#mark);
    const keptBytes = this.read.length - this.#mark;
    const grown = new Uint8Array(Math.max(this.#windowBytes, keptBytes * 2));
    grown.set(this.read.subarray(this.#mark));
    this.base += this.#mark;
    this.#chained -= this.#mark;
    this.next -= this.#mark;
    this.searched -= this.#mark;
    this.#mark = 0;
    this.buffer = grown;
    this.read = grown.subarray(0, keptBytes);
  }

  #replace(window: Uint8Array, { base, filled }: { base: number; filled: number }): void {
    this.buffer = window;
    this.base = base;
    this.read = window.subarray(0, filled);
    this.#mark = this.#chained = 0;
    this.goTo(0);
  }

  #skipByteOrderMark(): void {
    const { read } = this;
    if (!BYTE_ORDER_MARK.every((byte, index) => read[index] === byte)) return;
    this.goTo(BYTE_ORDER_MARK.length);
    this.#mark = this.next;
  }
}
