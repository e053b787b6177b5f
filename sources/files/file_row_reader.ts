/**
 * The rows of a file, and whether the file is still what they were read from.
 *
 * @module
 */
import type { Clock } from "../../kernel/clock.ts";
import type { Compression } from "../../storage/compression.ts";
import { NOTHING_MARKED } from "../../records/content/content_chain.ts";
import { type FilePosition, START_OF_FILE } from "../../records/content/file_position.ts";
import { type FileStamp, isUntouched } from "../../records/content/file_stamp.ts";
import {
  compareContent,
  type ContentFile,
  firstLines,
  hasAnyRow,
  isPart,
  linesAfter,
  rowsAmong,
  stampOfFile,
} from "./compare_content.ts";
import type { FileInput } from "./file_input.ts";
import { isOfFirstRow } from "./first_row.ts";
import type { Growth } from "./growth.ts";
import type { RowBatchReader } from "./row_batch_reader.ts";
import {
  type ConfirmedEnd,
  type ExaminedFile,
  type FileEnd,
  type RowBatch,
  type RowReader,
  SourceError,
} from "../source.ts";

/** Rows to read, at most, to know a file by before any of them is settled. */
const SAMPLED_ROWS = 1_024;

/** A file as a reader has opened it. */
export interface OpenFile {
  readonly file: FileInput;
  readonly path: string;
  readonly compression: Compression | null;
  /** Whether its rows may have line ends within quotes. */
  readonly quoted: boolean;
  /** What a line begins with that is no row. */
  readonly comment: string | undefined;
  readonly mayBeArray: boolean;
  readonly hasLists: boolean;
  readonly clock: Clock;
  /** Before its first byte was read. */
  readonly stamp: FileStamp;
  readonly from: FilePosition;
  /** Of a file that grows. */
  readonly growth: Growth | null;
}

export class FileRowReader implements RowReader {
  readonly #rows: RowBatchReader;
  readonly #open: OpenFile;
  #next: FilePosition;

  constructor(rows: RowBatchReader, open: OpenFile) {
    this.#rows = rows;
    this.#open = open;
    this.#next = open.from;
  }

  get stamp(): FileStamp {
    return this.#open.stamp;
  }

  async next(maxRows: number): Promise<RowBatch | null> {
    const batch = await this.#rows.next(maxRows);
    if (batch !== null) this.#next = this.#rows.position;
    return batch;
  }

  end(): FileEnd {
    return { bytes: this.#rows.contentBytes, heldBack: this.#rows.heldBack };
  }

  async confirmEnd(since: FileStamp): Promise<ConfirmedEnd> {
    const stamp = await stampOfFile(this.#content, this.#open.clock);
    if (this.#open.growth !== null) return { grown: false, stamp: this.#stampReadOut(this.#open.growth, stamp) };
    if (isUntouched(since, stamp)) return { grown: false, stamp };
    const found = await compareContent(this.#content, this.#next.at.content ?? NOTHING_MARKED);
    if (found.type !== "same") throw rewrittenError(this.#open.path, this.#next.row);
    return { grown: found.bytes !== null && found.bytes !== this.end().bytes, stamp };
  }

  /**
   * A stamp says that what was read is all that is in the file. Of one that has more by now, or was cut, none does: that of
   * its opening agrees with no later one, so that the next run compares its content.
   */
  #stampReadOut({ end }: Growth, now: FileStamp): FileStamp {
    return end === "read_out" && now.size === this.end().bytes ? now : this.stamp;
  }

  /** The file to be looked at, instead of being read. */
  get examined(): ExaminedFile {
    const content = this.#content;
    let lines: Promise<ReadonlySet<string>> | null = null;
    return {
      stamp: this.stamp,
      hasLists: this.#open.hasLists,
      start: (mostRows = SAMPLED_ROWS) => this.#start(mostRows),
      beginsAs: async ({ samples: { first } }) => first !== null && (await (lines ??= firstLines(content))).has(first),
      isRelated: (mark) => hasAnyRow(content, mark),
      linesAfter: (mark) => linesAfter(content, mark),
      rowsAmong: (mark) => rowsAmong(content, mark),
      isPart: (mark) => isPart(content, mark),
      compare: (mark) => compareContent(content, mark),
      close: () => this.#open.file.close(),
    };
  }

  close(): Promise<void> {
    return this.#rows.close();
  }

  /**
   * Other faults of a row, or of the file, show when it is read.
   *
   * @throws {SourceError} `undeclared`, `unlikely_instant`, `other_keys`
   */
  async #start(mostRows: number): Promise<FilePosition> {
    const first = await this.#rows.next(mostRows).catch((cause) => {
      if (isOfFirstRow(cause)) throw cause;
      return null;
    });
    const { samples } = (first === null ? null : this.#rows.position.at.content) ?? NOTHING_MARKED;
    return { row: 0, at: { ...START_OF_FILE.at, content: { ...NOTHING_MARKED, samples } } };
  }

  get #content(): ContentFile {
    const { file: { file }, path, compression, quoted, comment, mayBeArray } = this.#open;
    return { file, path, compression, quoted, comment, mayBeArray };
  }
}

function rewrittenError(path: string, rows: number): SourceError {
  return new SourceError(
    "rewritten",
    `${path} was written anew while it was read: what was read of it, ${rows} rows, is not what stands there now. They ` +
      "are written as they were read, some perhaps half from the old and half from the new content. Once nothing writes " +
      "to it: --only-missing writes the rows that the topics do not have, --restart all of them; audit compares.",
  );
}
