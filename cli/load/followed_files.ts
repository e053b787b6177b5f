/**
 * Follows files: which of them are read at a moment, what becomes of one whose name another one has taken, or that was cut, and
 * in which order. One source reads one file, from its beginning to its end, under the name that it had then; only when it has
 * ended, the next file of that name begins.
 *
 * What is read at all is decided by looking at the files, and looks are cheap. The system tells when one is due; it may
 * forget to, so that one is made now and then in any case.
 *
 * @module
 */
import { dirname } from "node:path";
import type { FileChange, OpenFileWatch } from "../../sources/files/file_watch.ts";
import { Growth } from "../../sources/files/growth.ts";
import type { RowSource } from "../../sources/source.ts";
import { isOutOfDescriptors } from "../../storage/system_limits.ts";
import { EarlierFiles, type EarlierFilesOptions, isPassing } from "./earlier_files.ts";
import { DescriptorRoom } from "./descriptor_room.ts";
import { FolderFiles } from "./folder_files.ts";
import { Copies } from "./followed_copies.ts";
import { FileEnds, type Truncation } from "./file_ends.ts";
import { FollowedFolders } from "./followed_folders.ts";
import { hasFirstLine, type ListedFile, lookAtFile, type WatchedFolder } from "./followed_paths.ts";
import { Lanes } from "./lanes.ts";
import { bytesBehind, type FileBehind } from "./bytes_behind.ts";
import { idleFiles, type OpenFile } from "./open_file.ts";
import { Originals } from "./originals.ts";
import { RecurringLooks } from "./recurring_looks.ts";

/** What to follow, and with what. */
export interface FollowedFilesOptions extends Omit<EarlierFilesOptions, "room" | "originals" | "folderFiles"> {
  /** The files that are there now; `absent` is called with each path that is named and not there. */
  readonly list: (absent: (path: string) => void) => Promise<readonly ListedFile[]>;
  readonly openWatch: OpenFileWatch;
  readonly folders: readonly WatchedFolder[];
  /** How many files may be read at the same time that have not been read to their ends. */
  readonly lanes: number;
  /** How many files are open at a time that were read to their ends: those that were written to last. */
  readonly maxOpen: number;
  /** Called once, with the first failure: nothing more is begun. */
  readonly failed: (path: string, cause: unknown) => void;
}

/** A file without a name may have a writer still. */
const REMOVED_MS = 5_000;

export class FollowedFiles {
  readonly #options: Omit<FollowedFilesOptions, "maxOpen">;
  readonly #room: DescriptorRoom;
  readonly #ending = new AbortController();
  readonly #folders: FollowedFolders;
  readonly #originals: Originals;
  readonly #copies: Copies;
  /** By the path that is in the id of their source. */
  readonly #open = new Map<string, OpenFile>();
  readonly #earlier: EarlierFiles;
  readonly #ends: FileEnds;
  readonly #underWay = new Set<Promise<void>>();
  readonly #lanes: Lanes;
  readonly #looks: RecurringLooks;
  /** By path, what may begin once it is written to: files that had no line yet, or were copies. */
  readonly #awaited = new Map<string, ListedFile>();
  /** By path, identities of those before whose first line everything was read, or is being read. */
  readonly #waitedFor = new Map<string, string | null>();
  /** By path, files that were closed to make room. */
  readonly #closed = new Map<string, ListedFile>();
  /** By path, those of them that have something, and are to be looked at. */
  #grown = new Map<string, ListedFile>();
  /** Identities of the files that were there at the latest look at all. */
  #present: ReadonlySet<string> = new Set();
  #isFirst = true;
  #over = false;
  #followed = 0;

  constructor(options: FollowedFilesOptions) {
    const { clock, observe, openWatch, folders, maxOpen } = options;
    this.#room = new DescriptorRoom({
      clock,
      observe,
      maxOpen,
      signal: this.#ending.signal,
      openNow: () => [...this.#open.values()].filter(({ growth }) => growth.file !== null).length,
      makeRoom: () => this.#makeRoom(),
    });
    const reading = this.#options = { ...options, sourceOf: this.#room.sources(options.sourceOf) };
    this.#lanes = new Lanes(options.lanes);
    this.#originals = new Originals(options);
    const known = { originals: this.#originals, folderFiles: new FolderFiles({ clock, room: this.#room }) };
    this.#copies = new Copies({ ...reading, ...known });
    this.#earlier = new EarlierFiles({ ...reading, ...known, room: this.#room }, {
      openAt: (path, identity) => this.#openAt(path, identity),
      isListed: (identity) => this.#present.has(identity),
      isCopy: (identity) => this.#copies.has(identity),
      isAwaited: (path) => this.#waitedFor.has(path),
      endRemoved: (open) => this.#toEnd(open, "removed"),
      isOver: () => this.#over,
      changed: () => this.#lookSoon(),
    });
    this.#ends = new FileEnds({ ...options, room: this.#room, earlier: this.#earlier, copies: this.#copies });
    this.#looks = new RecurringLooks({
      clock,
      look: (of) => of === "all" ? this.#lookAtAll().catch(passing) : this.#lookAtGrown(),
      onTime: () => this.#wakeAll(),
      failed: (cause) => this.#fail("", cause),
    });
    this.#folders = new FollowedFolders({ openWatch, folders, observe, changed: (change) => this.#changed(change) });
  }

  /** Resolves after the first look. */
  async start(): Promise<void> {
    this.#lookSoon();
    await this.#looks.done;
  }

  /** Files that were begun in this run. */
  get followed(): number {
    return this.#followed;
  }

  get openFiles(): number {
    return this.#open.size;
  }

  get rotations(): number {
    return this.#ends.rotations;
  }

  get truncations(): readonly Truncation[] {
    return this.#ends.truncations;
  }

  /** Of each file that is open, or is to be read before others, the bytes that are in it and not acknowledged. */
  async lag(): Promise<readonly FileBehind[]> {
    const { store, versions } = this.#options;
    const open = [...this.#open.values()].map(async (open) => {
      const known = open.handle === null ? store.load({ source: open.source.id, versions }) : null;
      return { source: open.source.name, bytes: await bytesBehind(open, known) };
    });
    return [...await this.#earlier.behind(), ...await Promise.all(open)];
  }

  /**
   * Begins nothing more. Files that were read to their ends end in order; what is read is not waited for longer than that.
   *
   * @param withinMs how long that may take
   */
  async stop(withinMs: number): Promise<void> {
    this.#end();
    const ending: Promise<unknown>[] = [];
    for (const { growth, handle } of this.#open.values()) {
      if (!growth.isWaiting || handle === null) continue;
      growth.finish();
      ending.push(handle.done.catch(() => {}));
    }
    const late = new AbortController();
    const patience = this.#options.clock.sleep(withinMs, late.signal).catch(() => {});
    await Promise.race([Promise.all(ending), patience]);
    late.abort();
  }

  /** After the runtime has stopped: resolves when nothing of it is under way. */
  async settled(): Promise<void> {
    this.#end();
    await Promise.all([this.#looks.done, ...this.#underWay]);
  }

  #end(): void {
    this.#over = true;
    this.#ending.abort();
    this.#looks.end();
    this.#folders[Symbol.dispose]();
    this.#lanes.end();
  }

  #changed({ type, paths }: FileChange): void {
    if (this.#over) return;
    if (type === "any" || paths.length === 0) this.#wakeAll();
    for (const path of paths) {
      const open = this.#open.get(path);
      if (open !== undefined) open.growth.wake();
      // A file that has another name now is told by that one.
      else for (const { ends, growth } of this.#open.values()) if (ends !== null) growth.wake();
    }
    for (const path of paths) {
      const named = type === "written" ? undefined : this.#open.get(path)?.file;
      const file = this.#closed.get(path) ?? this.#awaited.get(path) ?? named;
      if (file !== undefined) this.#lookSoon(file);
    }
    if (type !== "written") this.#lookSoon();
  }

  /** A look at one file finds nothing else, and takes no time where there are thousands. */
  #lookSoon(file?: ListedFile): void {
    if (file !== undefined) this.#grown.set(file.path, file);
    this.#looks.soon(file === undefined ? "all" : "part");
  }

  #wakeAll(): void {
    for (const { growth } of this.#open.values()) growth.wake();
  }

  async #lookAtGrown(): Promise<void> {
    const grown = this.#grown;
    this.#grown = new Map();
    for (const { path, isNamed } of grown.values()) {
      const file = await lookAtFile(path, isNamed);
      if (file === null || this.#over) continue;
      await this.#room.run(path, () => this.#consider(file, this.#openIdentities())).catch(passing);
    }
  }

  /** Everything that has come, gone, or taken a name. */
  async #lookAtAll(): Promise<void> {
    // One that was removed and made again is to be watched again, and before it is read: nothing comes between.
    const { folders, list } = this.#options;
    await this.#folders.look();
    const absent = new Set<string>();
    const files = await this.#room.run(folders[0]?.folder ?? "", () => list((path) => absent.add(path)));
    const present = new Set(files.map(({ identity }) => identity)), listed = new Set(files.map(({ path }) => path));
    for (const known of [this.#closed, this.#awaited]) {
      for (const path of known.keys()) if (!listed.has(path)) known.delete(path);
    }
    this.#present = present;
    const open = this.#openIdentities();
    for (const file of files) {
      if (this.#over) return;
      await this.#room.run(file.path, () => this.#consider(file, open)).catch(passing);
    }
    for (const path of absent) if (!this.#open.has(path)) this.#readBeforeFirstLine({ path }, null);
    this.#isFirst = false;
    this.#earlier.forget(present);
    this.#copies.forget(present);
    this.#originals.forget(present);
    await this.#endRemoved(present);
    await this.#earlier.readLate();
    this.#makeRoom();
  }
  #openIdentities(): ReadonlySet<string> {
    return new Set([...this.#open.values()].map(({ growth: { identity } }) => identity));
  }

  /** Begins what is to be read, and ends what has lost its name to it. */
  async #consider(file: ListedFile, open: ReadonlySet<string>): Promise<void> {
    const isAwaited = await this.#mustWait(file, open);
    if (isAwaited) this.#awaited.set(file.path, file);
    else this.#awaited.delete(file.path);
  }

  /** Whether it is to be looked at again once it is written to. */
  async #mustWait(file: ListedFile, open: ReadonlySet<string>): Promise<boolean> {
    const now = this.#open.get(file.path);
    if (now !== undefined) {
      if (now.growth.identity === file.identity || now.ends === "rotated") return false;
      // What writes has gone on to the new file once that has something.
      if (file.bytes > 0) this.#toEnd(now, "rotated");
      return file.bytes === 0;
    }
    if (open.has(file.identity) || this.#earlier.isReadOut(file)) return false;
    if (!await hasFirstLine(file)) {
      this.#readBeforeFirstLine(file, file.identity);
      return true;
    }
    const isItself = this.#closed.get(file.path)?.identity === file.identity || (this.#isFirst && file.isNamed);
    const sought = { file, open: this.#open.values(), isFirstLook: this.#isFirst };
    const why = isItself ? null : await this.#copies.whyWait(sought);
    if (why === "no_row") this.#readBeforeFirstLine(file, file.identity);
    if (why === null) this.#begin(file);
    return why !== null;
  }

  /**
   * What had the name before does not wait for the first line of the next file.
   *
   * @param identity null if there is no next file yet
   */
  #readBeforeFirstLine({ path }: Pick<ListedFile, "path">, identity: string | null): void {
    if (this.#waitedFor.get(path) === identity) return;
    this.#waitedFor.set(path, identity);
    const next = { path, isThere: identity !== null };
    const work = this.#lanes.run(() => this.#earlier.readBeforeFirstLine(next)).catch((cause) => {
      this.#waitedFor.delete(path);
      if (isPassing(cause)) this.#lookSoon();
      else this.#fail(path, cause);
    }).finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  async #endRemoved(present: ReadonlySet<string>): Promise<void> {
    const now = this.#options.clock.monotonic();
    for (const open of this.#open.values()) {
      const { growth, ends } = open;
      if (ends !== null || present.has(growth.identity) || !growth.isWaiting || !await growth.isRemoved()) {
        open.missingSince = null;
        continue;
      }
      open.missingSince ??= now;
      if (now - open.missingSince >= REMOVED_MS) this.#toEnd(open, "removed");
    }
  }

  /** Files that were not written to for long are closed: another look finds when they have grown. */
  #makeRoom(): void {
    const now = this.#options.clock.monotonic(), { maxOpen } = this.#room;
    for (const { growth } of idleFiles(this.#open, { now, maxOpen })) growth.finish();
  }

  #toEnd(open: OpenFile, ends: "rotated" | "removed"): void {
    open.ends = ends;
    open.growth.finish();
  }

  #begin(file: ListedFile): void {
    const growth = new Growth(file.identity, file.bytes);
    let source: RowSource;
    try {
      source = this.#options.sourceOf(file.path, { growth });
    } catch (cause) {
      if (isPassing(cause)) return this.#lookSoon();
      if (isOutOfDescriptors(cause)) throw cause;
      return this.#fail(file.path, cause);
    }
    const now = this.#options.clock.monotonic();
    const open: OpenFile = {
      file,
      growth,
      source,
      handle: null,
      work: Promise.resolve(),
      isBegun: false,
      ends: null,
      grewAt: now,
      bytes: 0,
      missingSince: null,
      beganAt: this.#options.clock.now(),
    };
    this.#open.set(file.path, open);
    this.#closed.delete(file.path);
    this.#waitedFor.delete(file.path);
    this.#followed += 1;
    this.#folders.add(dirname(file.path));
    const work = this.#follow(open).catch((cause) => this.#stopped(open, cause)).finally(() =>
      this.#underWay.delete(work)
    );
    open.work = work;
    this.#underWay.add(work);
  }

  async #follow(open: OpenFile): Promise<void> {
    const { runtime, sourceOptions } = this.#options;
    const { growth, source } = open;
    await this.#lanes.run(async () => {
      await this.#earlier.readBefore(open);
      if (this.#over) return;
      open.handle = await runtime.addSource(source, sourceOptions);
      await Promise.race([growth.caughtUp, open.handle.done]);
    });
    if (open.handle === null) return;
    this.#earlier.noteBegun(open);
    this.#makeRoom();
    const end = await open.handle.done;
    await runtime.fileLeft(source);
    this.#originals.noteSource(source.id);
    if (end.type === "stopped") throw end.cause;
    if (end.type === "completed") await this.#ended(open);
  }

  #openAt(path: string, identity: string): OpenFile | undefined {
    const named = this.#open.get(path);
    return named ?? [...this.#open.values()].find(({ growth }) => growth.identity === identity);
  }

  async #ended(open: OpenFile): Promise<void> {
    const { growth, ends, file, file: { path } } = open;
    const isItself = growth.end !== "truncated" && ends === null;
    if (growth.end === "truncated") await this.#ends.beganAnew(open);
    else {
      this.#earlier.noteReadOut(growth);
      if (ends === null) this.#closed.set(path, file);
      else await this.#ends.lostName(open, ends);
    }
    this.#open.delete(path);
    // What was written to it after its last read tells of itself no more; nor does what has the name now wait for a look at all.
    this.#lookSoon(file);
    if (!isItself) this.#lookSoon();
  }

  #stopped(open: OpenFile, cause: unknown): void {
    if (this.#open.get(open.file.path) === open) this.#open.delete(open.file.path);
    if (this.#over) return;
    if (!isPassing(cause)) return this.#fail(open.source.name, cause);
    const { path, identity, modifiedAt } = open.file;
    // It had the name, and another one may be seen under it next.
    this.#earlier.noteBefore(open, [{ path, identity, modifiedAt: modifiedAt ?? open.beganAt }]);
    this.#lookSoon();
  }

  /** The load must not go on as if the file were not there. */
  #fail(path: string, cause: unknown): void {
    if (this.#over) return;
    this.#end();
    this.#options.failed(path, cause);
  }
}

/** A folder, or a file, may go while it is looked at: the next look tells. */
function passing(cause: unknown): void {
  if (!isPassing(cause)) throw cause;
}
