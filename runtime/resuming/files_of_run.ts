/**
 * The files of a run that have not had their turn: what an earlier run has read may stand in one of them by now, also
 * if that one is looked at later.
 *
 * @module
 */
import { isSameFile } from "../../records/content/file_stamp.ts";
import { hashesOf } from "../../records/content/row_samples.ts";
import { type ExaminedFile, type RowSource, SourceError } from "../../sources/source.ts";
import { type CheckpointKey, keyText, type StoredCheckpoint } from "../../state/checkpoint.ts";

/** Options of {@link FilesOfRun}. */
export interface FilesOfRunOptions {
  /** Absent: they are not known before they begin. */
  readonly files: readonly RowSource[];
  /** The checkpoint under a key, if there is one. */
  readonly checkpointOf: (key: CheckpointKey) => StoredCheckpoint | null;
}

/** What a file begins with; null if it cannot be read. */
type Head = { readonly stamp: ExaminedFile["stamp"]; readonly firstRow: string | null } | null;

export class FilesOfRun {
  readonly #options: FilesOfRunOptions;
  readonly #begun = new Set<string>();
  readonly #heads = new Map<string, Head>();
  /** What the first files of the list begin with, and how many these are: of thousands, each is asked for the head of each. */
  readonly #firstRows = { known: new Set<string>(), files: 0 };
  /** By checkpoint, whether the files have all of its rows. */
  readonly #split = new Map<string, boolean>();

  constructor(options: FilesOfRunOptions) {
    this.#options = options;
  }

  /** It is the source's turn: what it has is its own from now on. */
  begin(source: string): void {
    this.#begun.add(source);
  }

  /**
   * The name of a file that has all that was read and no checkpoint of its own that says so: it is that one's load. Asked only
   * where the file with the name does not have it, since heads of all files are read for it.
   *
   * @throws {StorageError}
   */
  async holderOf(checkpoint: StoredCheckpoint): Promise<string | null> {
    for (const source of this.#options.files) {
      const head = this.#begun.has(source.id) ? null : await this.#headOf(source);
      if (head === null || checkpoint.file === null) continue;
      const { first } = checkpoint.position.at.content?.samples ?? {};
      if (head.firstRow !== first && !isSameFile(head.stamp, checkpoint.file.stamp)) continue;
      if (await lookAt(source, (file) => this.#holds(source, file, checkpoint)) === true) return source.name;
    }
    return null;
  }

  /**
   * Whether another file begins with the first row that a load has met, of which nothing was settled: what the load has
   * written may be that one's.
   */
  async mayBeElsewhere({ position: { at: { content } } }: StoredCheckpoint, than: string): Promise<boolean> {
    const first = content?.samples.first ?? null;
    if (first === null || content?.bytes !== 0) return false;
    for (const source of this.#options.files) {
      if (source.id !== than && (await this.#headOf(source))?.firstRow === first) return true;
    }
    return false;
  }

  /**
   * The name of a file that comes before a source in the run, and has records behind those of that source; null if
   * there is none.
   */
  loadedAfter(checkpoint: StoredCheckpoint): string | null {
    const { source, versions } = checkpoint;
    const { files, checkpointOf } = this.#options;
    const place = files.findIndex(({ id }) => id === source);
    const before = files.slice(0, Math.max(place, 0));
    const later = before.find(({ id }) => {
      const other = checkpointOf({ source: id, versions });
      return other !== null && isBehind(other, checkpoint);
    });
    return later?.name ?? null;
  }

  /** Whether a file begins with the first row that a load has met. */
  async hasHead({ firstRow }: { readonly firstRow: string | null }): Promise<boolean> {
    if (firstRow === null) return false;
    const firstRows = this.#firstRows, { files } = this.#options;
    while (!firstRows.known.has(firstRow)) {
      const at = firstRows.files, source = files[at];
      if (source === undefined) return false;
      const head = await this.#headOf(source);
      if (head !== null && head.firstRow !== null) firstRows.known.add(head.firstRow);
      firstRows.files = Math.max(firstRows.files, at + 1);
    }
    return true;
  }

  /** The name of a file that is the first part of what was read; null if there is none. */
  async partOf({ file: then, position: { at: { content } } }: StoredCheckpoint): Promise<string | null> {
    const first = content?.samples.first ?? null;
    if (content === undefined || first === null) return null;
    for (const source of this.#options.files) {
      if (then === null || (await this.#headOf(source))?.firstRow !== first) continue;
      if (await lookAt(source, (file) => file.isPart(content)) === true) return source.name;
    }
    return null;
  }

  /** Whether each row of what was read that is known stands in some file, and not all in one: it was split, by symbol or by day. */
  async haveParts({ source, versions, position: { at: { content } } }: StoredCheckpoint): Promise<boolean> {
    if (content === undefined) return false;
    const key = keyText({ source, versions });
    const known = this.#split.get(key);
    if (known !== undefined) return known;
    const rows = hashesOf(content.samples), absent = new Set(rows);
    let isWhole = false;
    for (const source of this.#options.files) {
      const found = await lookAt(source, (file) => file.rowsAmong(content));
      for (const hash of found ?? []) absent.delete(hash);
      isWhole ||= found?.size === rows.size;
    }
    const isSplit = absent.size === 0 && !isWhole;
    this.#split.set(key, isSplit);
    return isSplit;
  }

  async #headOf(source: RowSource): Promise<Head> {
    const known = this.#heads.get(source.id);
    if (known !== undefined) return known;
    const head = await lookAt(source, async (file) => {
      const { content } = (await file.start()).at;
      return { stamp: file.stamp, firstRow: content?.samples.first ?? null };
    });
    this.#heads.set(source.id, head);
    return head;
  }

  async #holds({ id }: RowSource, file: ExaminedFile, checkpoint: StoredCheckpoint): Promise<boolean> {
    const { source, versions, position: { at: { content } } } = checkpoint;
    // A mark of nothing fits every file.
    if (content === undefined || content.bytes === 0 || (await file.compare(content)).type !== "same") return false;
    if (id === source) return true;
    const own = this.#options.checkpointOf({ source: id, versions })?.position.at.content;
    return own === undefined || own.bytes < content.bytes || (await file.compare(own)).type !== "same";
  }
}

/** Whether a load has a record behind the last one of another load, in some partition. */
function isBehind(one: StoredCheckpoint, other: StoredCheckpoint): boolean {
  return one.topics.some(({ name, version, next }) => {
    const same = other.topics.find((topic) => topic.name === name && topic.version === version);
    return same !== undefined && next.some((end, partition) => end > (same.next[partition] ?? 0n));
  });
}

/** Null if it cannot be read, which it reports when it is its turn. */
async function lookAt<T>({ file }: RowSource, look: (examined: ExaminedFile) => Promise<T>): Promise<T | null> {
  if (!file) return null;
  try {
    const examined = await file.examine();
    try {
      return await look(examined);
    } finally {
      examined.close();
    }
  } catch (cause) {
    if (cause instanceof SourceError) return null;
    throw cause;
  }
}
