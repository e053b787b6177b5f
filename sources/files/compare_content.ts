/**
 * Compares a file with what an earlier run has read of it.
 *
 * @module
 */
import type { Clock } from "../../kernel/clock.ts";
import { memberOf } from "../../storage/archive_path.ts";
import type { Compression } from "../../storage/compression.ts";
import { CHUNK_BYTES, ContentChain, type ContentMark, isSameContent } from "../../records/content/content_chain.ts";
import { type FileStamp, stampOf } from "../../records/content/file_stamp.ts";
import { hashesOf, rowHash } from "../../records/content/row_samples.ts";
import { CompressedInput } from "./compressed_input.ts";
import type { ByteInput } from "./input_window.ts";
import { LineReader } from "./line_reader.ts";
import { emptyCut, type RowCut, type Taken } from "./row_cut.ts";
import { type ContentComparison, SourceError } from "../source.ts";
import { guarded } from "./source_path.ts";

const SCRATCH_BYTES = 256 * 1024;
/** The rows at its beginning that may be the first one: a header of any length comes before it. */
const FIRST_LINES = 64;
const LINES_AFTER = 2;

/** What is compared: an open file. */
export interface ContentFile {
  readonly path: string;
  readonly file: Deno.FsFile;
  readonly compression: Compression | null;
  /** Whether its rows may have line ends within quotes. */
  readonly quoted: boolean;
  /** What a line begins with that is no row. */
  readonly comment?: string | undefined;
  /** Whether it may be one JSON array of rows. */
  readonly mayBeArray: boolean;
}

/** The file as it stands. @throws {SourceError} */
export async function stampOfFile(
  { path, file }: Pick<ContentFile, "path" | "file">,
  clock: Clock,
): Promise<FileStamp> {
  return await guarded(async () => stampOf(await file.stat(), clock.now(), memberOf(path)), path);
}

/**
 * Compares all that a mark is of with what a file holds, byte by byte, and reads on to its end where that tells how much it
 * holds.
 *
 * @throws {SourceError}
 */
export async function compareContent(content: ContentFile, mark: ContentMark): Promise<ContentComparison> {
  return await guarded(async () => {
    const found = await compareFromStart(content, mark);
    if (found.type === "same") return found;
    return { ...found, related: await hasAnyRow(content, mark) };
  }, content.path);
}

/** Whether one of the first lines is the first row that a mark knows of. @throws {SourceError} */
export async function beginsAs(content: ContentFile, { samples: { first } }: ContentMark): Promise<boolean> {
  return first !== null && (await firstLines(content)).has(first);
}

/** Hashes, as of rows, of the lines that may be the first row. @throws {SourceError} */
export async function firstLines(content: ContentFile): Promise<ReadonlySet<string>> {
  const hashes = new Set<string>();
  let lines = 0;
  const note = (line: Uint8Array) => {
    hashes.add(rowHash(line));
    return false;
  };
  await guarded(() => someLine(content, note, () => ++lines >= FIRST_LINES), content.path);
  return hashes;
}

type Compared =
  | { readonly type: "same"; readonly bytes: number | null }
  | { readonly type: "shorter" | "changed"; readonly from: number; readonly to: number };

async function compareFromStart(content: ContentFile, mark: ContentMark): Promise<Compared> {
  const input = await contentOf(content);
  const scratch = new Uint8Array(SCRATCH_BYTES);
  const chain = new ContentChain();
  const waypoints = mark.waypoints.map(([chunks, chain]) => ({ at: chunks * CHUNK_BYTES, chain }));
  let same = 0;
  for (const { at, chain: expected } of [...waypoints, { at: mark.bytes, chain: "" }]) {
    while (chain.bytes < at) {
      const count = await input.read(scratch.subarray(0, at - chain.bytes));
      if (count === null) return { type: "shorter", from: chain.bytes, to: mark.bytes };
      chain.update(scratch.subarray(0, count));
    }
    const isSame = expected === "" ? isSameContent(chain.mark(), mark) : chain.chain.startsWith(expected);
    if (!isSame) return { type: "changed", from: same, to: at };
    same = at;
  }
  return { type: "same", bytes: await lengthOf(content, { input, from: mark.bytes }) };
}

/** How long the content is; null where it cannot be read to its end. */
async function lengthOf(
  { file, compression }: ContentFile,
  { input, from }: { readonly input: ContentInput; readonly from: number },
): Promise<number | null> {
  if (compression === null) return (await file.stat()).size;
  const scratch = new Uint8Array(SCRATCH_BYTES);
  let bytes = from;
  for (let count = await input.read(scratch); count !== null; count = await input.read(scratch)) bytes += count;
  return input.failed ? null : bytes;
}

/** Whether a file has any of the rows that a mark knows of. @throws {SourceError} */
export async function hasAnyRow(content: ContentFile, { samples }: ContentMark): Promise<boolean> {
  const known = hashesOf(samples);
  if (known.size === 0) return false;
  return await guarded(() => someLine(content, (line) => known.has(rowHash(line)), () => false), content.path);
}

/** The hashes of the first lines after what a mark is of: a row, or a header once more and a row. @throws {SourceError} */
export async function linesAfter(content: ContentFile, { bytes: from }: ContentMark): Promise<ReadonlySet<string>> {
  const hashes = new Set<string>();
  let lines = 0;
  const note = (line: Uint8Array) => {
    hashes.add(rowHash(line));
    return false;
  };
  await guarded(() => someLine(content, note, () => ++lines === LINES_AFTER, from), content.path);
  return hashes;
}

/** Of the rows that a mark knows of, the hashes of those that a file has, in any order. @throws {SourceError} */
export async function rowsAmong(content: ContentFile, { samples }: ContentMark): Promise<ReadonlySet<string>> {
  const known = hashesOf(samples), found = new Set<string>();
  const isLast = (line: Uint8Array) => {
    const hash = rowHash(line);
    if (known.has(hash)) found.add(hash);
    return found.size === known.size;
  };
  if (known.size > 0) await guarded(() => someLine(content, isLast, () => false), content.path);
  return found;
}

/**
 * Whether all rows of a file are the first ones that a mark is of, and not all of these, as far as its samples tell: the
 * marked file was cut or split. The last line may be half of one.
 *
 * @throws {SourceError}
 */
export async function isPart(
  content: ContentFile,
  { bytes, samples: { first, rows, stride } }: ContentMark,
): Promise<boolean> {
  if (first === null) return false;
  const isShorter = content.compression === null &&
    await guarded(async () => (await content.file.stat()).size, content.path) < bytes;
  let lines = 0, row = 0, differs = false;
  const isOther = (line: Uint8Array) => {
    if (differs) return true;
    if (row === 0 && rowHash(line) !== first) return ++lines >= FIRST_LINES;
    row += 1;
    if (row % stride === 0) differs = rowHash(line) !== rows[row / stride - 1];
    return false;
  };
  const stopped = await guarded(() => someLine(content, isOther, () => false), content.path);
  // One row may be that of many files. After the last sample come fewer rows than to the next one.
  return !stopped && row > 1 && row < (rows.length + (isShorter ? 1 : 0)) * stride;
}

/** Looks at each line, and at each row of several lines, from any line on. */
async function someLine(
  content: ContentFile,
  judge: (line: Uint8Array) => boolean,
  enough: () => boolean,
  from = 0,
): Promise<boolean> {
  const lines = new LineReader(await contentOf(content, from), {
    quoted: content.quoted,
    comment: content.comment,
    array: content.mayBeArray && from === 0 && "detect",
  });
  const cut = emptyCut();
  const isIt = () => judge(lines.buffer.subarray(cut.start, cut.end));
  for (;;) {
    lines.mark();
    const taken = takeOrEnd(lines, cut);
    if (taken === "end") return false;
    if (taken === "more") {
      await lines.fill();
      continue;
    }
    if (taken === "too_long") {
      await lines.takeTooLong(cut);
      continue;
    }
    if (isIt()) return true;
    if (cut.lines > 1) {
      lines.keepOnlyFirstLine(cut);
      if (isIt()) return true;
    }
    if (enough()) return false;
  }
}

/** An array ends where it is damaged, too. */
function takeOrEnd(lines: LineReader, cut: RowCut): Taken {
  try {
    return lines.take(cut);
  } catch (cause) {
    if (cause instanceof SourceError) return "end";
    throw cause;
  }
}

/** The content ends where it is damaged: reading its rows reports what that means. */
class ContentInput implements ByteInput {
  readonly #input: ByteInput;
  failed = false;

  constructor({ path, file, compression }: ContentFile) {
    this.#input = compression === null ? file : new CompressedInput({ file, path, compression });
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    try {
      return this.failed ? null : await this.#input.read(buffer);
    } catch (cause) {
      if (!(cause instanceof SourceError)) throw cause;
      this.failed = true;
      return null;
    }
  }
}

/** Its content, from so many bytes on. */
async function contentOf(content: ContentFile, from = 0): Promise<ContentInput> {
  const isPlain = content.compression === null;
  await content.file.seek(isPlain ? from : 0, Deno.SeekMode.Start);
  const input = new ContentInput(content);
  const scratch = new Uint8Array(SCRATCH_BYTES);
  for (let left = isPlain ? 0 : from; left > 0;) {
    const count = await input.read(scratch.subarray(0, Math.min(left, scratch.length)));
    if (count === null) break;
    left -= count;
  }
  return input;
}
