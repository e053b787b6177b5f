/**
 * From bytes to a reader of their rows: what the first bytes and the header say is checked on the way.
 *
 * @module
 */
import type { Clock } from "../../kernel/clock.ts";
import { ContentChain } from "../../records/content/content_chain.ts";
import { OpenInstant, type OpenInstantState } from "../../records/ids/open_instant.ts";
import { type Compression, compressionOfBytes } from "../../storage/compression.ts";
import type { Header, RowSettings } from "../formats/format.ts";
import { type RowReader, SourceError } from "../source.ts";
import { stampOfFile } from "./compare_content.ts";
import { type FileInput, goToMark, openFileInput } from "./file_input.ts";
import { type FilePosition, readingStart, START_OF_FILE } from "../../records/content/file_position.ts";
import { FileRowReader } from "./file_row_reader.ts";
import { GrowingInput, lastBytes } from "./growing_input.ts";
import type { Growth } from "./growth.ts";
import { FirstRow } from "./first_row.ts";
import { refuseForeign } from "./foreign_format.ts";
import type { ByteInput } from "./input_window.ts";
import { LineReader } from "./line_reader.ts";
import { RowBatchReader } from "./row_batch_reader.ts";
import { guarded, STDIN } from "./source_path.ts";

/** How a file is read. */
export interface OpenOptions {
  readonly settings: RowSettings;
  readonly maxRowBytes: number | undefined;
  readonly takeLastLine: boolean;
  readonly onRepeatedHeader: ((line: number) => void) | undefined;
  readonly onPassedOver?: ((line: number, proof: string | null) => void) | undefined;
  readonly clock: Clock;
  /** Of a file that grows: at its end the reader waits. @default null */
  readonly growth?: Growth | null;
}

/** Something to read rows from, and where that stands. */
interface ReaderInput {
  readonly input: ByteInput;
  readonly close: () => void;
  readonly from: FilePosition;
  /** Continues after `from`; null where no later run resumes from the positions. */
  readonly chain: ContentChain | null;
  /** If it is not ahead. */
  readonly header?: Header | null | undefined;
  /** Whether the file is a JSON array, if that is known. @default its first byte tells */
  readonly isArray?: boolean | undefined;
}

/**
 * Reads the rows of a stream, or of standard input; what fails closes it.
 *
 * @throws {SourceError}
 */
export async function openStreamRows(options: OpenOptions): Promise<RowReader> {
  const { path } = options.settings;
  if (path === STDIN) {
    const input = uncompressed(Deno.stdin, path);
    return await startReader(options, { input, close: () => {}, from: START_OF_FILE, chain: null });
  }
  const file = await guarded(() => Deno.open(path), path);
  try {
    const input = uncompressed(file, path);
    return await startReader(options, { input, close: () => file.close(), from: START_OF_FILE, chain: null });
  } catch (error) {
    file.close();
    throw error;
  }
}

/**
 * Reads the rows among the first bytes of a file, which are in memory: nothing resumes from there.
 *
 * @throws {SourceError}
 */
export async function openHeadRows(options: OpenOptions, head: Uint8Array): Promise<RowReader> {
  let left = head;
  const input: ByteInput = {
    read(buffer) {
      const part = left.subarray(0, buffer.length);
      buffer.set(part);
      left = left.subarray(part.length);
      return Promise.resolve(part.length === 0 ? null : part.length);
    },
  };
  return await startReader(options, { input, close: () => {}, from: START_OF_FILE, chain: null });
}

/** A stream that must not be compressed: it could not be told from its rows where it was cut off. */
function uncompressed(input: ByteInput, path: string): ByteInput {
  let isFirst = true;
  return {
    async read(buffer) {
      const count = await input.read(buffer);
      const compression = isFirst && count !== null ? compressionOfBytes(buffer.subarray(0, count)) : null;
      if (isFirst && compression === null) refuseForeign(buffer.subarray(0, count ?? 0), { path });
      isFirst = false;
      if (compression === null) return count;
      const what = `${path} is a stream that is compressed with ${compression}.`;
      const isStream = compression === "gzip" || compression === "zstd";
      const next = isStream
        ? `Send it through ${compression} -dc, or name the file.`
        : "Write it to a file, and name that.";
      throw new SourceError("wrong_compression", `${what} ${next}`);
    },
  };
}

/** The content of a compressed file, from its start on. */
function textOf(input: ByteInput, path: string): ByteInput {
  let isFirst = true;
  return {
    async read(buffer) {
      const count = await input.read(buffer);
      if (isFirst) refuseForeign(buffer.subarray(0, count ?? 0), { path, isContent: true });
      isFirst = false;
      return count;
    },
  };
}

/** A file that is open. */
interface OpenedFile {
  readonly file: FileInput;
  readonly compression: Compression | null;
}

/**
 * Reads the rows of a file from a position on; what fails closes it.
 *
 * @throws {SourceError}
 */
export async function openFileRows(
  from: FilePosition,
  options: OpenOptions,
  { file, compression }: OpenedFile,
): Promise<FileRowReader> {
  const { settings, clock, growth = null } = options, { path, layout } = settings;
  try {
    const stamp = await stampOfFile({ path, file: file.file }, clock);
    const begins = readingStart(from), { content } = begins.at;
    if (from.at.offset > 0 && content === undefined) {
      throw new SourceError(
        "not_resumable",
        `The position at byte ${from.at.offset} of ${path} has no mark of what it is in.`,
      );
    }
    const last = growth === null ? null : await lastBytes(file.file, begins.at.offset);
    // Rows of the very first line may be samples already.
    const isAtStart = content?.bytes === 0 && from.at.parted === undefined;
    const chain = content === undefined || isAtStart ? new ContentChain() : await goToMark(file, content, path);
    const header = from.at.offset === 0 ? undefined : await headerOf(settings, compression);
    const growing = growth === null || last === null
      ? null
      : new GrowingInput({ file: file.file, growth, offset: begins.at.offset, last, clock });
    const input = growing ?? (compression === null || from.at.offset > 0 ? file : textOf(file, path));
    const close = () => {
      growing?.close();
      file.close();
    };
    const isArray = growth === null && from.at.offset === 0 ? undefined : await isArrayFile(settings, compression);
    if (growth !== null && isArray === true) throw arrayDoesNotGrow(path);
    const rows = await startReader(options, { input, close, from, chain, header, isArray });
    const { quoted = false, comment, mayBeArray = false, hasLists = false } = layout;
    const about = { file, path, compression, quoted, comment, mayBeArray, hasLists, clock, stamp, from, growth };
    return new FileRowReader(rows, about);
  } catch (error) {
    file.close();
    throw error;
  }
}

function arrayDoesNotGrow(path: string): SourceError {
  return new SourceError(
    "bad_option",
    `${path} is one JSON array, which cannot be followed. Load it without --follow.`,
  );
}

/** The header of a file that is read from the middle; null if it has none. */
async function headerOf(settings: RowSettings, compression: Compression | null): Promise<Header | null> {
  const { path, layout: { readHeader, quoted = false, comment } } = settings;
  if (readHeader === null) return null;
  const file = await openFileInput(path, { compression });
  try {
    return await readHeader(new LineReader(file, { quoted, comment }), settings);
  } finally {
    file.close();
  }
}

/** Whether a file that is read from the middle is a JSON array. */
async function isArrayFile({ path, layout }: RowSettings, compression: Compression | null): Promise<boolean> {
  if (layout.mayBeArray !== true) return false;
  const file = await openFileInput(path, { compression });
  try {
    const lines = new LineReader(file, { array: "detect" });
    return await lines.detectArray();
  } finally {
    file.close();
  }
}

async function startReader(options: OpenOptions, at: ReaderInput): Promise<RowBatchReader> {
  const { settings, clock, maxRowBytes, takeLastLine, onRepeatedHeader, onPassedOver } = options;
  const { kind, path, layout } = settings;
  const { from, close, chain } = at;
  const begins = readingStart(from);
  const isStream = chain === null;
  const lines = new LineReader(at.input, {
    offset: begins.at.offset,
    quoted: layout.quoted ?? false,
    comment: layout.comment,
    array: layout.mayBeArray === true && (at.isArray ?? "detect"),
    holdLastLine: !isStream && !takeLastLine,
    holdOpenQuote: !isStream,
    maxRowBytes,
    chain,
  });
  const ahead = layout.readHeader !== null && at.header === undefined
    ? await layout.readHeader(lines, settings, { clock, isFile: !isStream })
    : null;
  const header = ahead ?? at.header ?? null;
  // Those between rows are told as they come.
  if ((ahead?.comments ?? 0) > 0) onPassedOver?.(1, null);
  const fields = header?.fields ?? [];
  const parserAt = (instant: OpenInstantState) =>
    layout.parser(settings, { instant: new OpenInstant(instant), fields, headerLines: header?.lines ?? 0 });
  const firstRow = begins.row === 0 ? new FirstRow({ settings, fields, clock }) : null;
  return new RowBatchReader({
    kind,
    name: path,
    lines,
    parser: parserAt(begins.at.openInstant),
    from,
    earlier: { before: from.at.unended ?? null, parserAt },
    chain,
    firstRow,
    refuseLastLine: isStream && !takeLastLine,
    header: header?.text,
    onRepeatedHeader,
    onPassedOver,
    headerLines: ahead?.lines ?? 0,
    eager: isStream || (options.growth ?? null) !== null,
    mayGrow: (options.growth ?? null) !== null,
    clock,
    close,
  });
}
