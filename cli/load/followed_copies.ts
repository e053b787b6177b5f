/**
 * Copies of files that are followed: a rotation by copying makes one, and cuts the original only then. Its rows are those of the
 * original, whatever becomes of that one, and are not written again; rows that it has of its own are.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import type { Clock } from "../../kernel/clock.ts";
import { OneAtATime } from "../../kernel/one_at_a_time.ts";
import type { ContentMark } from "../../records/content/content_chain.ts";
import type { Runtime } from "../../runtime.ts";
import { formerPlaceOf } from "../../runtime/resuming/former_file.ts";
import { isRelatedName } from "../../runtime/resuming/rotated_names.ts";
import { guarded } from "../../sources/files/source_path.ts";
import { type ExaminedFile, type RowSource, SourceError } from "../../sources/source.ts";
import { canonicalFlags, type StoredCheckpoint } from "../../state/checkpoint.ts";
import { isReplaced } from "../../state/replaced_source.ts";
import type { Observer } from "../../telemetry/events.ts";
import type { FollowedFile } from "../shared/source_options.ts";
import { haveSameBytes } from "./common_bytes.ts";
import { type FolderFiles, ofStamp } from "./folder_files.ts";
import { hasLineFrom, type ListedFile, lookAtFile } from "./followed_paths.ts";
import type { OpenFile } from "./open_file.ts";
import { identityOf, type Originals } from "./originals.ts";

/** What {@link Copies} works with. */
export interface CopiesOptions {
  readonly runtime: Pick<Runtime, "fileCopied">;
  readonly sourceOf: (path: string, followed?: FollowedFile) => RowSource;
  readonly originals: Originals;
  readonly folderFiles: FolderFiles;
  readonly clock: Clock;
  readonly observe: Observer;
}

/** A new file of a folder, and what else is known at the time of the look. */
export interface CopySought {
  readonly file: ListedFile;
  readonly open: Iterable<Pick<OpenFile, "file" | "source">>;
  /** Whether the run has just begun: what is there then, and not known, is no copy. */
  readonly isFirstLook: boolean;
}

/** What a file is taken for. */
type Found =
  /** Nothing tells what it will be. */
  | { readonly type: "no_row" }
  /** It has nothing but rows of another one, or that one has not been read as far. */
  | {
    readonly type: "waits";
    readonly of: string;
    /** False if nothing of that is settled, so that a look soon may tell more. */
    readonly isSure: boolean;
    /** Whether it has no more than the other one. */
    readonly isCopy: boolean;
  }
  /** What it has after the rows of another one are rows of its own, and all that will come. */
  | { readonly type: "goes_on"; readonly of: string; readonly checkpoint: StoredCheckpoint };

/** A file that waits. */
interface Waiting {
  readonly bytes: number;
  /** When it is worth to look again, though nothing seems to have changed. */
  readonly again: number;
  readonly waitMs: number;
  /** Whether it had no more than another one at some look. */
  readonly isCopy: boolean;
}

/** A file that is compared. */
interface Compared {
  readonly file: ListedFile;
  readonly source: RowSource;
  readonly examined: ExaminedFile;
  /** Hash of its first row. */
  readonly first: string;
  /** Whether it was a copy, and nothing more, at an earlier look. */
  readonly wasCopy: boolean;
  /** Whether it was one as it is now. */
  readonly isUnchanged: boolean;
  /** Whether a checkpoint can be stored for it: none is there of a file that had its name. */
  readonly isFree: boolean;
  /** Ids of the sources that are read. */
  readonly openIds: ReadonlySet<string>;
}

const AGAIN_MS = 60_000;
/** Where the original is about to be read, at first. */
const SOON_MS = 250;

export class Copies {
  readonly #options: CopiesOptions;
  /** A file is compared while no checkpoint changes its key. */
  readonly #turns = new OneAtATime();
  /** By identity. */
  readonly #waiting = new Map<string, Waiting>();

  constructor(options: CopiesOptions) {
    this.#options = options;
  }

  /**
   * Why a file is not to be read now: it has rows that are another one's, or none by which that could be told; null if it is. One
   * that has rows of its own after those that were read of the other one goes on behind these.
   *
   * @throws {SourceError}
   */
  async whyWait(sought: CopySought): Promise<"copy" | "no_row" | null> {
    const { file } = sought, { clock, observe, runtime } = this.#options;
    const now = clock.monotonic(), known = this.#waiting.get(file.identity);
    if (known !== undefined && known.bytes === file.bytes && now < known.again) return "copy";
    return await this.#turns.run(async () => {
      const found = await lookAt(() => this.#options.sourceOf(file.path), async (examined, source) => {
        const wasCopy = known?.isCopy ?? false, isUnchanged = wasCopy && known?.bytes === file.bytes;
        const compared = await this.#find(sought, { source, examined, wasCopy, isUnchanged });
        if (compared?.type === "goes_on") {
          await runtime.fileCopied(source, { of: compared.checkpoint, stamp: examined.stamp });
        }
        return compared;
      });
      if (found?.type === "no_row") return "no_row";
      if (found !== null && known === undefined) {
        observe({ type: "copy_passed_over", stage: "receiving", source: file.path, of: found.of });
      }
      if (found?.type !== "waits") {
        this.#waiting.delete(file.identity);
        return null;
      }
      const waitMs = found.isSure ? AGAIN_MS : Math.min(AGAIN_MS, known === undefined ? SOON_MS : known.waitMs * 2);
      const isCopy = found.isCopy || (known?.isCopy ?? false);
      this.#waiting.set(file.identity, { bytes: file.bytes, again: now + waitMs, waitMs, isCopy });
      return "copy";
    });
  }

  /** Puts the checkpoint of a file aside that has lost its name, or was cut. */
  replaced(putAside: () => Promise<StoredCheckpoint | null>): Promise<StoredCheckpoint | null> {
    return this.#turns.run(async () => {
      const aside = await putAside();
      if (aside !== null) this.#options.originals.note(aside);
      return aside;
    });
  }

  /** Copies beside a file that was cut since, to which it has come more before that: all their rows were read of it. */
  async madeBefore(path: string, { position: { at: { content } } }: StoredCheckpoint): Promise<readonly ListedFile[]> {
    if (content === undefined) return [];
    const made: ListedFile[] = [];
    for await (const { name, isFile } of Deno.readDir(dirname(path))) {
      if (!isFile || name === basename(path) || !isRelatedName(name, basename(path))) continue;
      const file = await lookAtFile(join(dirname(path), name), false);
      if (file !== null && await this.#isBeginning(file, { content, formerPath: path })) made.push(file);
    }
    return made;
  }

  /** Whether a file has the first rows that were read of another one, and no others. */
  async #isBeginning(
    { path }: ListedFile,
    { content, formerPath }: { readonly content: ContentMark; readonly formerPath: string },
  ): Promise<boolean> {
    return await lookAt(() => this.#options.sourceOf(path, { formerPath }), async (examined) => {
      if (!await examined.beginsAs(content) || (await examined.compare(content)).type !== "shorter") return false;
      return await examined.isPart(content);
    }) === true;
  }

  /** Whether a file is a copy, and nothing more, as far as is known. */
  has(identity: string): boolean {
    return this.#waiting.get(identity)?.isCopy ?? false;
  }

  /** What is gone is forgotten. */
  forget(present: ReadonlySet<string>): void {
    for (const identity of this.#waiting.keys()) if (!present.has(identity)) this.#waiting.delete(identity);
  }

  /** Null if it is a file of its own. */
  async #find(
    { file, open, isFirstLook }: CopySought,
    about: Pick<Compared, "source" | "examined" | "wasCopy" | "isUnchanged">,
  ): Promise<Found | null> {
    const { originals } = this.#options;
    const own = originals.ofSource(about.source.id);
    if (own?.file && identityOf(own.file.stamp) === file.identity) return null;
    const first = await firstRowOf(about.examined);
    if (first === null) return isFirstLook ? null : { type: "no_row" };
    const known = originals.beginningWith(first, { isFirstLook });
    // It was read under another name, and goes on.
    if (known.some(({ stamp }) => identityOf(stamp) === file.identity)) return null;
    const reading = [...open], openIds = new Set(reading.map(({ source: { id } }) => id));
    const compared: Compared = { ...about, file, first, isFree: own === null, openIds };
    let best: Found | null = null;
    for (const original of known) {
      if (original.path === file.path) continue;
      const found = await this.#compareIfThere(original.path, originals.checkpointOf(original), compared);
      if (found?.type === "waits") return found;
      best = further(best, found);
    }
    if (isFirstLook) return best;
    for (const { file: { path, identity }, source } of reading) {
      if (path === file.path || identity === file.identity) continue;
      const found = await this.#compareOpen({ path, source }, compared);
      if (found?.type === "waits") return found;
      best = further(best, found);
    }
    return best;
  }

  async #compareOpen(
    { path, source: { id, name } }: { readonly path: string; readonly source: Pick<RowSource, "id" | "name"> },
    compared: Compared,
  ): Promise<Found | null> {
    const { originals, sourceOf } = this.#options;
    const checkpoint = originals.ofSource(id);
    if (checkpoint?.position.at.content?.samples.first) return await this.#compareIfThere(path, checkpoint, compared);
    // Of a file that has just begun no checkpoint says so, and none of its rows was read.
    const original = await lookAt(() => sourceOf(path), async (examined) => {
      return { first: await firstRowOf(examined), bytes: examined.stamp.size };
    });
    if (original?.first !== compared.first) return null;
    return { type: "waits", of: name, isSure: false, isCopy: original.bytes >= compared.file.bytes };
  }

  /** One of the two may get another name while they are compared. */
  async #compareIfThere(
    path: string,
    checkpoint: StoredCheckpoint | null,
    compared: Compared,
  ): Promise<Found | null> {
    try {
      return await this.#compare(path, checkpoint, compared);
    } catch (error) {
      if (!(error instanceof SourceError && error.code === "not_found")) throw error;
      return { type: "waits", of: path, isSure: false, isCopy: compared.wasCopy };
    }
  }

  /** Null if it is no copy of it, as far as is known. */
  async #compare(
    path: string,
    checkpoint: StoredCheckpoint | null,
    { file, source, examined, first, wasCopy, isUnchanged, isFree, openIds }: Compared,
  ): Promise<Found | null> {
    const content = checkpoint?.position.at.content;
    if (!checkpoint?.file || content?.samples.first !== first) return null;
    if (canonicalFlags(checkpoint.flags) !== canonicalFlags(source.file?.flags ?? {})) return null;
    const same = content.bytes === 0 ? null : await examined.compare(content);
    if (same?.type === "changed") return null;
    const place = await this.#options.folderFiles.find(path, ofStamp(checkpoint.file.stamp), { now: true });
    const isRelated = dirname(path) === dirname(file.path) && isRelatedName(basename(file.path), basename(path));
    // What was written between the copy and the cut is in none of them, and was read.
    const isCutOff = same?.type === "shorter" && isRelated && isReplaced(checkpoint.source);
    if (isCutOff && await examined.isPart(content)) return { type: "waits", of: path, isSure: true, isCopy: true };
    const waits = (isSure: boolean, isCopy: boolean): Found => ({ type: "waits", of: path, isSure, isCopy });
    if (isRelated && !wasCopy && place?.path !== path) {
      const isRead = place !== null && openIds.has(checkpoint.source);
      // That one was cut before it got another name, as far as is known: then this is what it had, which is about to be noticed.
      if (isRead && (same === null || !await this.#isUncut(place.path, content))) return waits(false, wasCopy);
      // It may have had the name after that one: a copy is rather written twice than such a file lost.
      return null;
    }
    const { size } = examined.stamp, isWithin = place !== null && place.bytes >= size;
    const from = same?.type === "same" ? content.bytes : 0;
    const to = same?.type === "shorter" ? size : Math.min(size, place?.bytes ?? 0);
    if (place !== null && !(await haveSameBytes({ path: file.path, other: place.path, from, to }))) {
      // It differs from what was read of the other one, or that one was cut meanwhile, which is about to be noticed.
      const isSettled = same !== null || !openIds.has(checkpoint.source);
      return isSettled && await this.#isUncut(place.path, content) ? null : waits(false, wasCopy);
    }
    // What is read of the other one at this moment is not settled yet.
    if (same === null) return place !== null || openIds.has(checkpoint.source) ? waits(false, isWithin) : null;
    // One that is shorter may be copied just now.
    if (same.type === "shorter") {
      return place !== null || isUnchanged || await this.#isBeginningBeside({ path, checkpoint }, { file, size })
        ? waits(true, true)
        : null;
    }
    const goesOn: Found | null = isFree && !isRelated ? { type: "goes_on", of: path, checkpoint } : null;
    if (!await hasLineFrom(file.path, content.bytes)) {
      return place !== null && place.bytes > size ? waits(true, true) : goesOn ?? waits(true, true);
    }
    if (place !== null && !(await this.#isShorter(place.path, { content, than: size }))) return waits(false, isWithin);
    // Rows of the other one that are in no checkpoint are under way.
    const isAhead = place === null ? openIds.has(checkpoint.source) : await hasLineFrom(place.path, content.bytes);
    if (isAhead) return waits(false, wasCopy);
    return wasCopy ? goesOn : null;
  }

  /**
   * Whether the original has fewer bytes than a file that begins as it does, and was not cut: a copy never has more than what it is
   * of. The size is looked at before the content: that tells that it was not cut until then.
   */
  async #isShorter(
    path: string,
    { content, than }: { readonly content: ContentMark; readonly than: number },
  ): Promise<boolean> {
    const { size } = await guarded(() => Deno.stat(path), path);
    return size < than && await this.#isUncut(path, content);
  }

  /** Whether an original has all that was read of it. */
  async #isUncut(path: string, content: ContentMark): Promise<boolean> {
    return await lookAt(
      () => this.#options.sourceOf(path),
      async (examined) => (await examined.compare(content)).type === "same",
    ) === true;
  }

  /** Whether a file is the beginning of one that is compressed by now. */
  async #isBeginningBeside(
    { path, checkpoint }: { readonly path: string; readonly checkpoint: StoredCheckpoint },
    { file, size }: { readonly file: ListedFile; readonly size: number },
  ): Promise<boolean> {
    const beside = await formerPlaceOf(checkpoint, path);
    return beside !== null && await haveSameBytes({ path: file.path, other: beside, from: 0, to: size });
  }
}

/** Of two that a file begins as, a copy of one of them has what is known of the other: the one of which more was read. */
function further(one: Found | null, other: Found | null): Found | null {
  const bytes = (found: Found | null) =>
    found?.type === "goes_on" ? found.checkpoint.position.at.content?.bytes ?? 0 : -1;
  return bytes(other) > bytes(one) ? other : one;
}

async function firstRowOf(examined: ExaminedFile): Promise<string | null> {
  // The rows of the next file of a name wait for this.
  return (await examined.start(1)).at.content?.samples.first ?? null;
}

/** Null also if it cannot be read: its own source tells. What can be opened later may be a copy. */
async function lookAt<T>(
  sourceOf: () => RowSource,
  look: (examined: ExaminedFile, source: RowSource) => Promise<T>,
): Promise<T | null> {
  try {
    const source = sourceOf(), examined = await source.file?.examine() ?? null;
    if (examined === null) return null;
    try {
      return await look(examined, source);
    } finally {
      examined.close();
    }
  } catch (error) {
    if (error instanceof SourceError && error.code !== "out_of_descriptors") return null;
    throw error;
  }
}
