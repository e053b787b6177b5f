/**
 * What is read beside the files that are followed under their names: files that had such a name before, whose rows come before
 * those of the next one, and what is written late to files that were rotated.
 *
 * @module
 */
import { basename } from "node:path";
import type { VersionFlag } from "../../config/version_flag.ts";
import type { Clock } from "../../kernel/clock.ts";
import { OneAtATime } from "../../kernel/one_at_a_time.ts";
import type { Runtime, SourceHandle, SourceOptions } from "../../runtime.ts";
import { movedPlaceOf } from "../../runtime/resuming/content_place.ts";
import { type FileBeside, fileBeside } from "../../runtime/resuming/former_file.ts";
import { fileIdentity, Growth } from "../../sources/files/growth.ts";
import { guarded } from "../../sources/files/source_path.ts";
import { type RowSource, SourceError } from "../../sources/source.ts";
import type { StoredCheckpoint } from "../../state/checkpoint.ts";
import type { CheckpointStore } from "../../state/checkpoints.ts";
import type { SeenNames } from "../../state/seen_names.ts";
import { compressionOfName, uncompressedName } from "../../storage/compression.ts";
import type { Observer } from "../../telemetry/events.ts";
import type { FollowedFile } from "../shared/source_options.ts";
import { bytesLeft, bytesUnread, type FileBehind } from "./bytes_behind.ts";
import type { ListedFile } from "./followed_paths.ts";
import type { DescriptorRoom } from "./descriptor_room.ts";
import { EndedNames } from "./ended_names.ts";
import { FilesBefore, type UnreadFile } from "./files_before.ts";
import { type FolderFiles, type FoundFile, LOOKS, ofIdentity } from "./folder_files.ts";
import { FormerNames } from "./former_names.ts";
import { FormerTexts } from "./former_texts.ts";
import type { OpenFile } from "./open_file.ts";
import type { Originals } from "./originals.ts";
import { RotatedFiles } from "./rotated_files.ts";
import { seenFileAt } from "./seen_file.ts";
import { whenThere } from "./when_there.ts";

/** What files are read with. */
export interface EarlierFilesOptions {
  readonly runtime: Runtime;
  readonly versions: VersionFlag;
  /** The source of a file; without a growth, of all that is in it now. @throws {SourceError} */
  readonly sourceOf: (path: string, followed?: FollowedFile) => RowSource;
  readonly sourceOptions?: SourceOptions | undefined;
  /** Of the data folder, to read what earlier runs know. */
  readonly store: Pick<CheckpointStore, "load" | "list">;
  /** Of it, too. */
  readonly seen: SeenNames;
  /** Told what is read. */
  readonly originals: Originals;
  readonly folderFiles: FolderFiles;
  /** Looks at folders and files wait until the process may open them. */
  readonly room: Pick<DescriptorRoom, "run">;
  readonly clock: Clock;
  readonly observe: Observer;
}

/** The files that are followed under their names. */
export interface FollowedNames {
  openAt(path: string, identity: string): OpenFile | undefined;
  /** Whether a file is among those that are to be followed under their own names. */
  isListed(identity: string): boolean;
  /** Whether a file is passed over as a copy. */
  isCopy(identity: string): boolean;
  /** Whether the file that has a path has no line yet, or there is none: what had the name before may be written to still. */
  isAwaited(path: string): boolean;
  /** Ends a file that has no name any more. */
  endRemoved(open: OpenFile): void;
  isOver(): boolean;
  /** Another look is worth while. */
  changed(): void;
}

/** The next file of a name. */
export interface NextFile {
  readonly path: string;
  /** False: it is waited for. */
  readonly isThere: boolean;
}

/** A file that is read before another one. */
interface BeforeReading {
  readonly identity: string;
  /** Undefined if it is compressed. */
  readonly growth: Growth | undefined;
  readonly handle: SourceHandle;
}

/** What is known of a file that was read to its end and is not open. */
interface ReadOut {
  readonly bytes: number;
  modifiedAt: number | null;
}

const KEPT_READ_OUT = 1_000;

/** Errors of a file that has changed its name while it was opened: the next look tells. */
const PASSING: ReadonlySet<string> = new Set(["replaced", "not_found"]);

export class EarlierFiles {
  readonly #options: EarlierFilesOptions;
  readonly #following: FollowedNames;
  /** By identity. */
  readonly #readOut = new Map<string, ReadOut>();
  /** Files whose beginning depends on others are begun one after the other. */
  readonly #turns = new OneAtATime();
  readonly #ended = new EndedNames();
  readonly #folders: FolderFiles;
  readonly #former: FormerTexts;
  readonly #rotated: RotatedFiles;
  readonly #names = new FormerNames();
  /** What is to be read before the file whose turn it is. */
  #unread: readonly UnreadFile[] = [];
  #reading: BeforeReading | null = null;

  constructor(options: EarlierFilesOptions, following: FollowedNames) {
    this.#options = options;
    this.#following = following;
    this.#folders = options.folderFiles;
    this.#former = new FormerTexts(options);
    this.#rotated = new RotatedFiles({ clock: options.clock, folders: this.#folders });
  }

  /** Reads what comes before a file; from then on no other source may have its id. */
  readBefore(open: OpenFile): Promise<void> {
    const { file: { path }, source: { id, name } } = open;
    return this.#turns.run(async () => {
      await this.#readBefore({ path, isThere: true, id, name });
      open.isBegun = true;
    });
  }

  /** Reads what comes before a file that has no line yet, or is not there yet, and notes what was seen of it. */
  readBeforeFirstLine(next: NextFile): Promise<void> {
    const { path, isThere } = next, { sourceOf, room, store, versions, seen } = this.#options;
    return this.#turns.run(async () => {
      const source = isThere ? await room.run(path, () => Promise.try(() => sourceOf(path))) : null;
      const id = source?.id ?? this.#former.sourceUnder(path), name = source?.name ?? path;
      const noted = await room.run(path, () => seenFileAt(path));
      await this.#readBefore({ ...next, id, name });
      const isKnown = id !== null && store.load({ source: id, versions }) !== null;
      if (!this.#following.isOver() && !isKnown) seen.note(path, noted);
    });
  }

  /** The files that are to be read before others, as far as they are known: the bytes in them that are not acknowledged. */
  async behind(): Promise<readonly FileBehind[]> {
    const reading = this.#reading, behind: FileBehind[] = [];
    if (reading !== null) {
      const { growth, handle } = reading;
      behind.push({ source: handle.source.name, bytes: await bytesLeft(growth, handle) });
    }
    for (const file of this.#unread) {
      if (file.identity === reading?.identity) continue;
      behind.push({ source: file.path, bytes: await bytesUnread(file, file.known ?? null) });
    }
    return behind;
  }

  /** A load of the file that has the name has begun: its checkpoint tells what was read. */
  noteBegun({ file: { path }, source: { id } }: OpenFile): void {
    const { store, versions, seen } = this.#options;
    if (store.load({ source: id, versions }) !== null) seen.forget(path);
  }

  /** A file that was followed was read to its end. */
  noteReadOut({ identity, bytes }: Growth): void {
    this.#readOut.set(identity, { bytes, modifiedAt: null });
  }

  /** A file has nothing but rows that were read of another one. */
  noteCopy({ identity, bytes, modifiedAt }: Pick<ListedFile, "identity" | "bytes" | "modifiedAt">): void {
    this.#readOut.set(identity, { bytes, modifiedAt });
  }

  /** A file that was followed has lost its name after so much of it was read. */
  noteRotated(file: ListedFile, bytes: number): void {
    this.#rotated.add(file, bytes);
  }

  /** Whether a file was read to the end that it has. */
  isReadOut({ identity, bytes, modifiedAt }: Pick<ListedFile, "identity" | "bytes" | "modifiedAt">): boolean {
    const known = this.#readOut.get(identity);
    if (known === undefined || known.bytes !== bytes) return false;
    known.modifiedAt ??= modifiedAt;
    return known.modifiedAt === modifiedAt;
  }

  /** A few that are gone, or have a name that is not followed, are worth their memory. */
  forget(present: ReadonlySet<string>): void {
    let many = this.#readOut.size - present.size - KEPT_READ_OUT;
    for (const identity of this.#readOut.keys()) {
      if (many-- > 0 && !present.has(identity)) this.#readOut.delete(identity);
    }
  }

  /** Reads what has come to files since they were rotated. */
  async readLate(): Promise<void> {
    const { isAwaited, isListed } = this.#following;
    for (const { place, identity, path } of await this.#rotated.grown(isAwaited)) {
      if (isListed(identity)) continue;
      const isRead = await this.#turns.run(() => this.#catchUp({ path: place, identity }, path));
      if (!isRead) this.#rotated.forgetSize(identity);
    }
  }

  /**
   * Files may be rotated twice between two looks: then there is one that had the name, and was never seen under it. The next file
   * of the name begins after what was written to since this one began.
   */
  noteBefore({ file: { path, modifiedAt }, beganAt }: OpenFile, files: readonly FileBeside[]): void {
    // The clock of the files: what was written before the first one that was named is not asked for.
    this.#ended.note(path, { files, than: modifiedAt ?? beganAt, formers: [] });
  }

  /** A file has lost its name, and has another one: those between it and the next one of its name may have names like it. */
  async noteRenamed(open: OpenFile, aside: StoredCheckpoint | null): Promise<void> {
    const { file: { path, modifiedAt }, growth: { identity }, beganAt } = open;
    this.noteBefore(open, []);
    let found: FoundFile | null = null, place: string | null = null;
    for (let look = 0; look < LOOKS && place === null; look++) {
      found = await this.#folders.find(path, ofIdentity(identity), { now: true });
      // It may be compressed by now.
      place = found?.path ?? (aside === null ? null : await this.#placeOf(aside, path));
    }
    if (place === path) return;
    const wroteAt = found?.modifiedAt ?? modifiedAt ?? beganAt;
    const former = { name: basename(place ?? path), wroteAt, isLost: place === null };
    this.#ended.note(path, { files: [], than: Infinity, formers: [former] });
  }

  /** Null also if the folder is gone at the moment. */
  async #placeOf(aside: StoredCheckpoint, path: string): Promise<string | null> {
    try {
      return await this.#options.room.run(path, () => movedPlaceOf(aside));
    } catch (error) {
      if (isPassing(error)) return null;
      throw error;
    }
  }

  /**
   * Reads what is unread of the file that had the name before, and of those that had it since. Only then the name's next file has
   * a checkpoint: so a run that begins with one knows that there is nothing before it.
   */
  async #readBefore(
    { name, ...next }: NextFile & { readonly id: string | null; readonly name: string },
  ): Promise<void> {
    const { path, id } = next;
    if (this.#following.isOver()) return;
    const { room, clock } = this.#options;
    const known = await room.run(path, () => this.#former.before(next));
    const inRun = this.#ended.before(path);
    const before = {
      files: [...inRun.files, ...known.files],
      than: Math.min(inRun.than, known.than),
      formers: [...inRun.formers, ...known.formers],
    };
    for (const name of [...known.names, ...before.formers.map(({ name }) => name)]) this.#names.note(path, name);
    const files = new FilesBefore(path, {
      before,
      formerNames: this.#names.of(path),
      folders: this.#folders,
      isKnown: (info) => this.#isKnown(info),
      isCopy: (identity) => this.#following.isCopy(identity),
    });
    let told = false;
    const nextOf = async () => {
      const isOver = () => this.#following.isOver();
      const next = await whenThere(() => room.run(path, () => files.next()), { clock, isOver });
      this.#unread = files.left;
      return next;
    };
    for (let next = await nextOf(); next !== null; next = await nextOf()) {
      if (!told) {
        this.#options.observe({ type: "followed_file_moved", stage: "receiving", source: name, to: next.path });
      }
      told = true;
      if (await this.#catchUp(next, path)) {
        files.done(next.identity);
        this.#noteRead(next, path);
      }
      if (this.#following.isOver()) return;
    }
    this.#ended.delete(path);
    // No row of it is left out by that: what stood elsewhere has it, and what is gone was no reason to stop.
    if (known.lost !== null && id !== null) await this.#options.runtime.fileReplaced({ id }, known.lost);
  }

  /** What writes to a file that was read before another one may do so still. */
  #noteRead({ path, identity }: FileBeside, formerPath: string): void {
    this.#names.note(formerPath, basename(path));
    if (compressionOfName(path) !== null) return;
    this.#rotated.add({ identity, path: formerPath }, this.#readOut.get(identity)?.bytes ?? 0);
  }

  #isKnown(info: Deno.FileInfo): boolean {
    const identity = fileIdentity(info);
    if (identity !== null && (this.#readOut.has(identity) || this.#following.isListed(identity))) return true;
    return this.#former.knows(info);
  }

  /** Reads what is in a file by now that is not followed under its name. False if it has another name by now. */
  async #catchUp(file: Pick<FileBeside, "path" | "identity">, formerPath: string): Promise<boolean> {
    try {
      await this.#readOutAt(file, formerPath);
      return true;
    } catch (error) {
      if (isPassing(error)) return false;
      throw error;
    }
  }

  /** What is read of a file, and was compressed meanwhile, is noted first: its rows are not written again. */
  async #endCompressed(path: string): Promise<void> {
    const plain = uncompressedName(path), open = plain === path ? undefined : this.#following.openAt(plain, "");
    if (open?.isBegun !== true || (await fileBeside(plain))?.identity === open.growth.identity) return;
    this.#following.endRemoved(open);
    await open.work;
  }

  async #readOutAt({ path, identity }: Pick<FileBeside, "path" | "identity">, formerPath: string): Promise<void> {
    const { runtime, sourceOf, sourceOptions, room, originals } = this.#options;
    if (this.#following.isOver()) return;
    const info = await guarded(() => Deno.stat(path), path);
    const modifiedAt = info.mtime?.getTime() ?? null, { size: bytes } = info;
    if ((fileIdentity(info) ?? path) !== identity) throw renamedError(path);
    if (this.isReadOut({ identity, bytes, modifiedAt })) return;
    await this.#endCompressed(path);
    const open = this.#following.openAt(path, identity);
    if (open?.isBegun === true) return await Promise.race([open.growth.caughtUp, open.work]);
    // Opened under another name, it would be another file.
    const growth = compressionOfName(path) === null ? new Growth(identity) : undefined;
    growth?.finish();
    const source = await room.run(path, () => Promise.try(() => sourceOf(path, { growth, formerPath })));
    if (await room.run(path, () => this.#former.isOfAnother(source.id, path))) {
      await runtime.fileReplaced(source, "renamed");
    }
    const handle = await runtime.addSource(source, sourceOptions);
    this.#reading = { identity, growth, handle };
    const end = await handle.done.finally(() => this.#reading = null);
    await runtime.fileLeft(source);
    originals.noteSource(source.id);
    if (end.type === "stopped") throw end.cause;
    this.#readOut.set(identity, {
      bytes: growth?.bytes ?? bytes,
      modifiedAt: growth === undefined ? modifiedAt : null,
    });
    this.#following.changed();
  }
}

/** Whether a failure is that of a file that has changed its name: the next look tells. */
export function isPassing(cause: unknown): boolean {
  return cause instanceof Deno.errors.NotFound || (cause instanceof SourceError && PASSING.has(cause.code));
}

function renamedError(path: string): SourceError {
  return new SourceError("replaced", `${path} was rotated while it was about to be read. Run again.`);
}
