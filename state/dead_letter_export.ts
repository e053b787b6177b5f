/**
 * Dead letters as files of JSON lines, in segments of bounded size.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { join } from "node:path";
import type { StoredDeadLetter } from "./dead_letter.ts";

/** How letters are exported. */
export interface DeadLetterExportOptions {
  /** A file that would be larger ends before; a single line may be longer. @default 67108864 */
  readonly maxBytes?: number | undefined;
  /** Only letters with a greater id: `last` of the export before. @default 0 */
  readonly after?: number | undefined;
}

/** What an export has written. */
export interface DeadLetterExport {
  /** The files, in the order of the ids of their letters. */
  readonly segments: readonly ExportedSegment[];
  /** How many letters all of them have. */
  readonly letters: number;
  /** The id of the last letter; `after` where there was none. */
  readonly last: number;
}

/** A file of an export. */
export interface ExportedSegment {
  /** Path of the file. */
  readonly file: string;
  /** How many letters it has: one a line. */
  readonly letters: number;
  /** How long it is. */
  readonly bytes: number;
}

/** An export that would overwrite something. */
export class DeadLetterExportError extends Error {
  override readonly name = "DeadLetterExportError";
  constructor(readonly file: string) {
    super(
      `${file} is there already, and an export overwrites nothing. ` +
        "Name another folder, or export only what came after the last letter of the export before.",
    );
  }
}

const MAX_BYTES = 64 * 1024 * 1024;
/** Letters in memory at once: each may have 64 KiB. */
const PAGE = 100;

/** Writes what the pages give. */
export async function exportLetters(
  page: (after: number, limit: number) => readonly StoredDeadLetter[],
  { folder, maxBytes = MAX_BYTES, after = 0 }: DeadLetterExportOptions & { readonly folder: string },
): Promise<DeadLetterExport> {
  await Deno.mkdir(folder, { recursive: true });
  const segments: ExportedSegment[] = [];
  let last = after;
  let segment: Segment | null = null;
  try {
    for (let letters = page(last, PAGE); letters.length > 0; letters = page(last, PAGE)) {
      for (const letter of letters) {
        const line = Buffer.from(`${JSON.stringify(deadLetterJson(letter))}\n`);
        if (segment !== null && segment.bytes + line.length > maxBytes) {
          segments.push(await segment.finish());
          segment = null;
        }
        segment ??= await Segment.begin(folder, letter.id);
        await segment.write(line);
        last = letter.id;
      }
    }
    if (segment !== null) segments.push(await segment.finish());
  } catch (error) {
    await segment?.discard();
    throw error;
  }
  return { segments, letters: segments.reduce((sum, { letters }) => sum + letters, 0), last };
}

/** A file under way: it gets its name when it is complete. */
class Segment {
  bytes = 0;
  #letters = 0;
  #closed = false;
  readonly #file: string;
  readonly #handle: Deno.FsFile;

  private constructor(file: string, handle: Deno.FsFile) {
    this.#file = file;
    this.#handle = handle;
  }

  static async begin(folder: string, firstId: number): Promise<Segment> {
    const file = join(folder, `dead_letters-${String(firstId).padStart(12, "0")}.jsonl`);
    if (await isThere(file)) throw new DeadLetterExportError(file);
    return new Segment(file, await Deno.open(`${file}.part`, { write: true, create: true, truncate: true }));
  }

  async write(line: Uint8Array): Promise<void> {
    for (let at = 0; at < line.length;) at += await this.#handle.write(line.subarray(at));
    this.bytes += line.length;
    this.#letters += 1;
  }

  async finish(): Promise<ExportedSegment> {
    await this.#handle.sync();
    this.#close();
    await Deno.rename(`${this.#file}.part`, this.#file);
    return { file: this.#file, letters: this.#letters, bytes: this.bytes };
  }

  /** Leaves nothing behind. Idempotent. */
  async discard(): Promise<void> {
    this.#close();
    await Deno.remove(`${this.#file}.part`).catch(() => {});
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#handle.close();
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The JSON of a letter, as exports have it. The bytes are always there as base64, and for people as text where they are UTF-8. */
export function deadLetterJson(letter: StoredDeadLetter): Record<string, unknown> {
  return {
    id: letter.id,
    recorded_at: new Date(letter.recordedAt).toISOString(),
    stage: letter.stage,
    rule: letter.rule,
    reason: letter.reason,
    data_type: letter.dataType,
    schema_version: letter.schemaVersion,
    load_versions: letter.versions,
    state: letter.retired === null ? "open" : "retired",
    retired_at: letter.retired === null ? null : new Date(letter.retired.at).toISOString(),
    retired_why: letter.retired?.why ?? null,
    message_id: letter.messageId,
    source: letter.source,
    file: letter.file,
    row: letter.row,
    line: letter.line,
    offset: letter.offset,
    length: letter.length,
    header: letter.header,
    origin: letter.origin,
    intact: letter.intact,
    original_base64: Buffer.from(letter.bytes).toString("base64"),
    original_text: originalText(letter),
  };
}

/** The original bytes as text; null if they are not UTF-8. */
export function originalText({ bytes }: Pick<StoredDeadLetter, "bytes">): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

async function isThere(file: string): Promise<boolean> {
  try {
    await Deno.lstat(file);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
