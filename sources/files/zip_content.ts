/**
 * The content of a zip archive's member, and the names of its members. The archive's directory, which stands at its end,
 * tells where a member is, how long it is and its checksum.
 *
 * @module
 */
import type { FileEntry, Reader, ZipReader } from "@zip.js/zip.js";
import { COMPANIONS } from "./companions.ts";
import { ContentError } from "./compressed_bytes.ts";

/** Deflate expands a byte to at most 1,032, so that a piece becomes at most 17 MB. */
const PIECE_BYTES = 16 * 1024;
/** Members that hold no rows: of hidden folders, and what macOS adds to archives. */
const HIDDEN = /(?:^|\/)(?:\.|__MACOSX\/)/;

/** The bytes of an archive, with how many of them have been taken. */
export class ArchiveBytes {
  /** How far into the file the latest read went. */
  offset = 0;

  constructor(readonly file: Deno.FsFile) {}

  async read(index: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    await this.file.seek(index, Deno.SeekMode.Start);
    const bytes = new Uint8Array(length);
    let count = 0;
    while (count < length) {
      const read = await this.file.read(bytes.subarray(count));
      if (read === null) break;
      count += read;
    }
    this.offset = index + count;
    return bytes.subarray(0, count);
  }
}

/** The names of an archive's members that may hold rows, in the order of its directory. @throws {ContentError} */
export async function memberNames(archive: ArchiveBytes): Promise<string[]> {
  const zip = await openArchive(archive);
  return (await entriesOf(zip)).map(({ filename }) => filename);
}

/**
 * The content of a member, in chunks. Without a name the archive must have one member.
 *
 * @throws {ContentError}
 */
export async function* memberContent(archive: ArchiveBytes, name: string | null): AsyncGenerator<Uint8Array, void> {
  const zip = await openArchive(archive);
  const entry = chosenOf(await entriesOf(zip), name);
  if (entry.encrypted) {
    throw new ContentError("not_readable", `its member ${entry.filename} is encrypted: unzip it first`);
  }
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const reader = readable.getReader();
  // Canceled, because a failure before the first byte does not end the stream.
  const failure = entry.getData(writable, { checkSignature: true }).then(() => null, async (cause: unknown) => {
    await reader.cancel(cause).catch(() => {});
    return cause;
  });
  try {
    for (let chunk = await nextOf(reader); chunk !== null; chunk = await nextOf(reader)) yield chunk;
  } finally {
    await reader.cancel().catch(() => {});
  }
  const cause = await failure;
  if (cause === null) return;
  const message = `the member ${entry.filename} is damaged (${cause instanceof Error ? cause.message : cause})`;
  throw new ContentError("corrupt", message, { doubtfulFrom: 0, cause });
}

/** Null at the end, and at a failure, which its writer reports. */
async function nextOf(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | null> {
  return await reader.read().then(({ value = null }) => value, () => null);
}

async function openArchive(archive: ArchiveBytes): Promise<ZipReader<Deno.FsFile>> {
  // Loaded for archives alone: no other load has to wait for the library.
  const { configure, Reader, ZipReader } = await import("@zip.js/zip.js");
  configure({ useWebWorkers: false, chunkSize: PIECE_BYTES });
  class ArchiveReader extends Reader<Deno.FsFile> {
    override async init(): Promise<void> {
      await super.init?.();
      this.size = (await archive.file.stat()).size;
    }

    override readUint8Array(index: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
      return archive.read(index, length);
    }
  }
  const reader: Reader<Deno.FsFile> = new ArchiveReader(archive.file);
  return new ZipReader(reader);
}

async function entriesOf(zip: ZipReader<Deno.FsFile>): Promise<FileEntry[]> {
  try {
    const entries: FileEntry[] = [];
    for (const entry of await zip.getEntries()) {
      if (!entry.directory && !HIDDEN.test(entry.filename) && !COMPANIONS.test(entry.filename)) entries.push(entry);
    }
    return entries;
  } catch (cause) {
    const message = `its directory, which stands at its end, cannot be read (${
      cause instanceof Error ? cause.message : cause
    })`;
    throw new ContentError("truncated", message, { doubtfulFrom: 0, cause });
  }
}

function chosenOf(entries: readonly FileEntry[], name: string | null): FileEntry {
  const [first, ...others] = name === null ? entries : entries.filter(({ filename }) => filename === name);
  if (first === undefined) {
    const what = name === null ? "it is an archive without a file that may hold rows" : `it has no member ${name}`;
    throw new ContentError("not_readable", `${what}: look at it with unzip -l`);
  }
  if (others.length === 0) return first;
  const what = name === null
    ? `it holds ${entries.length} files: name one of them as ARCHIVE.zip/${first.filename}`
    : `it has ${others.length + 1} members of the name ${name}: unzip it first`;
  throw new ContentError("not_readable", what);
}
