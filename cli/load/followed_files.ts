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
import type { SourceEnd } from "../../actors/sources/source_actor_options.ts";
import type { VersionFlag } from "../../config/version_flag.ts";
import type { Clock, Timer } from "../../kernel/clock.ts";
import { OneAtATime } from "../../kernel/one_at_a_time.ts";
import type { Runtime, SourceHandle, SourceOptions } from "../../runtime.ts";
import { placeBeside } from "../../runtime/resuming/content_place.ts";
import { type FileBeside, fileBeside, laterBeside } from "../../runtime/resuming/former_file.ts";
import type { FileChange, FileWatch, OpenFileWatch } from "../../sources/files/file_watch.ts";
import { fileIdentity, Growth } from "../../sources/files/growth.ts";
import { guarded } from "../../sources/files/source_path.ts";
import { type RowSource, SourceError } from "../../sources/source.ts";
import type { CheckpointStore } from "../../state/checkpoints.ts";
import { compressionOfName } from "../../storage/compression.ts";
import type { Observer } from "../../telemetry/events.ts";
import type { FollowedFile } from "../shared/source_options.ts";
import { Copies } from "./followed_copies.ts";
import { hasFirstLine, type ListedFile } from "./followed_paths.ts";
import { type Before, FormerTexts, LOOKS, siblingOf } from "./former_texts.ts";
import { RotatedFiles } from "./rotated_files.ts";

/** What to follow, and with what. */
export interface FollowedFilesOptions {
  readonly runtime: Runtime;
  readonly versions: VersionFlag;
  /** The files that are there now. */
  readonly list: () => Promise<readonly ListedFile[]>;
  /** The source of a file; without a growth, of all that is in it now. @throws {SourceError} */
  readonly sourceOf: (path: string, followed?: FollowedFile) => RowSource;
  readonly sourceOptions?: SourceOptions | undefined;
  /** Of the data folder, to read what earlier runs know. */
  readonly store: Pick<CheckpointStore, "load" | "list">;
  readonly openWatch: OpenFileWatch;
  readonly folders: readonly { readonly folder: string; readonly recursive: boolean }[];
  readonly clock: Clock;
  readonly observe: Observer;
  /** How many files may be read at the same time that have not been read to their ends. */
  readonly lanes: number;
  /** Called once, with the first failure: nothing more is begun. */
  readonly failed: (path: string, cause: unknown) => void;
}

/** A file that was cut, or written anew. */
export interface Truncation {
  readonly source: string;
  /** What was read of it before. */
  readonly rows: number;
  readonly bytes: number;
  /** Where that was found; null: what was written after it is lost. */
  readonly copy: string | null;
}

/** A file that is being read, or is about to be. */
interface OpenFile {
  readonly file: ListedFile;
  readonly growth: Growth;
  readonly source: RowSource;
  handle: SourceHandle | null;
  /** Settles when it is not open any more. */
  work: Promise<void>;
  /** Its source is being added, or was: no other one may have its id. */
  isBegun: boolean;
  /** Why it is to end; null: it goes on, or makes room for others. */
  ends: "rotated" | "removed" | null;
  /** When it had grown at the latest look. */
  grewAt: number;
  bytes: number;
  missingSince: number | null;
  /** Wall clock. */
  readonly beganAt: number;
}

/** What is known of a file that was read to its end and is not open. */
interface ReadOut {
  readonly bytes: number;
  modifiedAt: number | null;
}

/** Events may be lost, and network file systems have none of what other machines write. */
const LOOK_MS = 1_000;
/** A look, of thousands of files, may take this share of the time. */
const LOOK_SHARE = 100;
const BUSY_SHARE = 10;
/** Each has a descriptor, and a buffer of a quarter of a mebibyte. */
export const MAX_OPEN = 256;
/** A file of a folder that was not written to for so long makes room: most are never written to again. */
const IDLE_MS = 5 * 60_000;
/** A file without a name may have a writer still. */
const REMOVED_MS = 5_000;
const KEPT_TRUNCATIONS = 100;
const KEPT_READ_OUT = 1_000;

/** Errors of a file that has changed its name while it was opened: the next look tells. */
const PASSING: ReadonlySet<string> = new Set(["replaced", "not_found"]);

export class FollowedFiles {
  readonly #options: FollowedFilesOptions;
  readonly #watch: FileWatch;
  readonly #copies: Copies;
  /** By the path that is in the id of their source. */
  readonly #open = new Map<string, OpenFile>();
  /** By identity. */
  readonly #readOut = new Map<string, ReadOut>();
  /** Files whose beginning depends on others are begun one after the other. */
  readonly #turns = new OneAtATime();
  readonly #underWay = new Set<Promise<void>>();
  readonly #waiting: (() => void)[] = [];
  #freeLanes: number;
  /** Paths at which something may begin once it is written to. */
  #awaited = new Set<string>();
  /** Paths of files that were closed to make room. */
  readonly #closed = new Set<string>();
  /** By path, what is to be read before the next file of that name. */
  readonly #before = new Map<string, Omit<Before, "lost">>();
  readonly #former: FormerTexts;
  readonly #rotated: RotatedFiles;
  #looks: Promise<void> | null = null;
  #again = false;
  #isFirst = true;
  #timer: Timer | null = null;
  #over = false;
  #rotations = 0;
  #followed = 0;
  readonly #truncations: Truncation[] = [];

  constructor(options: FollowedFilesOptions) {
    this.#options = options;
    this.#freeLanes = options.lanes;
    this.#copies = new Copies(options);
    this.#former = new FormerTexts(options);
    this.#rotated = new RotatedFiles(options.clock);
    const { openWatch, observe } = options;
    this.#watch = openWatch({
      changed: (change) => this.#changed(change),
      failed: (folder, cause) => observe({ type: "folder_unwatched", stage: "receiving", folder, cause }),
    });
  }

  /** Resolves after the first look. */
  async start(): Promise<void> {
    for (const { folder, recursive } of this.#options.folders) this.#watch.add(folder, { recursive });
    this.#lookSoon();
    await this.#looks;
  }

  /** Files that were begun in this run. */
  get followed(): number {
    return this.#followed;
  }

  get openFiles(): number {
    return this.#open.size;
  }

  get rotations(): number {
    return this.#rotations;
  }

  get truncations(): readonly Truncation[] {
    return this.#truncations;
  }

  /** Of each file that is open, the bytes that are in it and not acknowledged. */
  async lag(): Promise<{ readonly source: string; readonly bytes: number }[]> {
    const lags: { source: string; bytes: number }[] = [];
    for (const { source, growth, handle } of this.#open.values()) {
      const size = await sizeOf(growth);
      const done = handle?.bytesSettled() ?? 0;
      lags.push({ source: source.name, bytes: Math.max(0, (size ?? growth.bytes) - done) });
    }
    return lags;
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
    await Promise.all([this.#looks, ...this.#underWay]);
  }

  #end(): void {
    this.#over = true;
    this.#timer?.cancel();
    this.#watch[Symbol.dispose]();
    for (const wake of this.#waiting.splice(0)) wake();
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
    if (type !== "written" || paths.some((path) => this.#awaited.has(path) || this.#closed.has(path))) this.#lookSoon();
  }

  #wakeAll(): void {
    for (const { growth } of this.#open.values()) growth.wake();
  }

  #lookSoon(): void {
    this.#again = true;
    if (this.#looks !== null || this.#over) return;
    this.#timer?.cancel();
    this.#looks = this.#lookWhileNeeded()
      .catch((cause) => this.#fail("", cause))
      .finally(() => this.#looks = null);
  }

  async #lookWhileNeeded(): Promise<void> {
    const { clock } = this.#options;
    let took = 0;
    while (this.#again && !this.#over) {
      this.#again = false;
      const began = clock.monotonic();
      await this.#look();
      took = clock.monotonic() - began;
      if (this.#again && !this.#over && took > 1) await clock.sleep(took * BUSY_SHARE);
    }
    if (this.#over) return;
    this.#timer = clock.schedule(Math.max(LOOK_MS, took * LOOK_SHARE), () => {
      this.#wakeAll();
      this.#lookSoon();
    });
  }

  async #look(): Promise<void> {
    const isFirst = this.#isFirst;
    const files = await this.#options.list();
    const present = new Set(files.map(({ identity }) => identity));
    const open = new Set([...this.#open.values()].map(({ growth: { identity } }) => identity));
    const awaited = new Set<string>();
    for (const file of files) {
      if (this.#over) return;
      const now = this.#open.get(file.path);
      if (now !== undefined) {
        if (now.growth.identity === file.identity || now.ends === "rotated") continue;
        // Whoever writes has gone on to the new file once that has something.
        if (file.bytes > 0) this.#toEnd(now, "rotated");
        else awaited.add(file.path);
        continue;
      }
      if (open.has(file.identity) || this.#isReadOut(file)) continue;
      if (!await hasFirstLine(file) || (!isFirst && await this.#copies.isCopy(file, this.#open.values()))) {
        awaited.add(file.path);
      } else this.#begin(file);
    }
    this.#isFirst = false;
    this.#awaited = awaited;
    this.#forget(present);
    await this.#endRemoved(present);
    await this.#readLate();
    this.#makeRoom();
  }

  #isReadOut({ identity, bytes, modifiedAt }: Pick<ListedFile, "identity" | "bytes" | "modifiedAt">): boolean {
    const known = this.#readOut.get(identity);
    if (known === undefined || known.bytes !== bytes) return false;
    known.modifiedAt ??= modifiedAt;
    return known.modifiedAt === modifiedAt;
  }

  /** A few that are gone, or have a name that is not followed, are worth their memory. */
  #forget(present: ReadonlySet<string>): void {
    let many = this.#readOut.size - present.size - KEPT_READ_OUT;
    for (const identity of this.#readOut.keys()) {
      if (many-- > 0 && !present.has(identity)) this.#readOut.delete(identity);
    }
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
    const now = this.#options.clock.monotonic();
    const idle: OpenFile[] = [];
    for (const open of this.#open.values()) {
      const { growth, bytes } = open;
      if (growth.bytes !== bytes || !growth.isWaiting) open.grewAt = now;
      open.bytes = growth.bytes;
      if (growth.isWaiting && open.ends === null) idle.push(open);
    }
    let many = this.#open.size - MAX_OPEN;
    for (const { growth, file, grewAt } of idle.toSorted((one, other) => one.grewAt - other.grewAt)) {
      if (many-- > 0 || (!file.isNamed && now - grewAt >= IDLE_MS)) growth.finish();
    }
  }

  async #readLate(): Promise<void> {
    for (const { place, identity, path } of await this.#rotated.grown()) {
      const isRead = await this.#turns.run(() => this.#catchUp({ path: place, identity }, path));
      if (!isRead) this.#rotated.forgetSize(identity);
    }
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
    this.#followed += 1;
    this.#watch.add(dirname(file.path), { recursive: false });
    const work = this.#follow(open).catch((cause) => this.#stopped(open, cause)).finally(() =>
      this.#underWay.delete(work)
    );
    open.work = work;
    this.#underWay.add(work);
  }

  async #follow(open: OpenFile): Promise<void> {
    const { runtime, sourceOptions } = this.#options;
    const { growth, source } = open;
    await this.#takeLane();
    let done: Promise<SourceEnd>;
    try {
      await this.#turns.run(async () => {
        await this.#catchUpFormer(open);
        open.isBegun = true;
      });
      if (this.#over) return;
      open.handle = await runtime.addSource(source, sourceOptions);
      done = open.handle.done;
      await Promise.race([growth.caughtUp, done]);
    } finally {
      this.#giveLane();
    }
    this.#makeRoom();
    const end = await done;
    await runtime.fileLeft(source);
    if (end.type === "stopped") throw end.cause;
    if (end.type === "completed") await this.#ended(open);
  }

  /**
   * Reads what is unread of the file that had the name before, and of those that had it since. Only then the name's next file has
   * a checkpoint: so a run that begins with one knows that there is nothing before it.
   */
  async #catchUpFormer({ file: { path, isNamed }, source }: OpenFile): Promise<void> {
    if (this.#over) return;
    const known = await this.#former.before({ id: source.id, path, isNamed });
    const inRun = this.#before.get(path);
    const before = inRun === undefined ? known : {
      files: [...inRun.files, ...known.files],
      than: Math.min(inRun.than, known.than),
    };
    const done = new Set<string>();
    let told = false;
    for (let next = await nextOf(path, before, done); next !== null; next = await nextOf(path, before, done)) {
      if (!told) {
        this.#options.observe({ type: "followed_file_moved", stage: "receiving", source: source.name, to: next.path });
      }
      told = true;
      if (await this.#catchUp(next, path)) done.add(next.identity);
      if (this.#over) return;
    }
    this.#before.delete(path);
    // No row of it is left out by that: what stood elsewhere has it, and what is gone was no reason to stop.
    if (known.lost !== null) await this.#options.runtime.fileReplaced(source, known.lost);
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

  async #readOutAt({ path, identity }: Pick<FileBeside, "path" | "identity">, formerPath: string): Promise<void> {
    const { runtime, sourceOf, sourceOptions } = this.#options;
    if (this.#over) return;
    const info = await guarded(() => Deno.stat(path), path);
    const modifiedAt = info.mtime?.getTime() ?? null, { size: bytes } = info;
    if ((fileIdentity(info) ?? path) !== identity) throw renamedError(path);
    if (this.#isReadOut({ identity, bytes, modifiedAt })) return;
    const open = this.#openUnder(path, identity);
    if (open?.isBegun === true) return await Promise.race([open.growth.caughtUp, open.work]);
    // Opened under another name, it would be another file.
    const growth = compressionOfName(path) === null ? new Growth(identity) : undefined;
    growth?.finish();
    const source = sourceOf(path, { growth, formerPath });
    if (await this.#former.isOfAnother(source.id, path)) await runtime.fileReplaced(source, "renamed");
    const end = await (await runtime.addSource(source, sourceOptions)).done;
    await runtime.fileLeft(source);
    if (end.type === "stopped") throw end.cause;
    this.#readOut.set(identity, {
      bytes: growth?.bytes ?? bytes,
      modifiedAt: growth === undefined ? modifiedAt : null,
    });
    this.#lookSoon();
  }

  #openUnder(path: string, identity: string): OpenFile | undefined {
    const named = this.#open.get(path);
    return named ?? [...this.#open.values()].find(({ growth }) => growth.identity === identity);
  }

  async #ended(open: OpenFile): Promise<void> {
    const { growth, ends, file: { path } } = open;
    if (growth.end === "truncated") await this.#beganAnew(open);
    else {
      this.#readOut.set(growth.identity, { bytes: growth.bytes, modifiedAt: null });
      if (ends === null) this.#closed.add(path);
      else await this.#lostName(open, ends);
    }
    this.#open.delete(path);
    this.#lookSoon();
  }

  async #lostName(open: OpenFile, how: "rotated" | "removed"): Promise<void> {
    const { runtime, observe } = this.#options, { source, file, growth: { bytes } } = open;
    await runtime.fileReplaced(source, "renamed");
    if (how === "rotated") {
      this.#rotations += 1;
      // The others of a folder are found by looking at it.
      if (file.isNamed) this.#rotated.add(file, bytes);
    }
    observe({ type: "followed_file_ended", stage: "receiving", source: source.name, how, bytes });
    this.#noteBefore(open, []);
  }

  async #beganAnew(open: OpenFile): Promise<void> {
    const { source, growth } = open;
    const { runtime, observe } = this.#options;
    const aside = await runtime.fileReplaced(source, "truncated");
    const copy = aside === null ? null : await placeBeside(aside);
    const rows = aside?.position.row ?? 0;
    const truncation = { source: source.name, rows, bytes: growth.bytes, copy };
    this.#truncations.push(truncation);
    this.#truncations.splice(0, this.#truncations.length - KEPT_TRUNCATIONS);
    observe({ type: "followed_file_truncated", stage: "receiving", ...truncation });
    const file = copy === null ? null : await fileBeside(copy);
    this.#noteBefore(open, file === null ? [] : [file]);
  }

  /**
   * Files may be rotated twice between two looks: then there is one that had the name, and was never seen under it. The next file
   * of the name begins after what was written to since this one began.
   */
  #noteBefore({ file: { path, modifiedAt }, beganAt }: OpenFile, files: readonly FileBeside[]): void {
    // The clock of the files: what was written before the first one that was named is not asked for.
    const than = modifiedAt ?? beganAt;
    const earlier = this.#before.get(path);
    this.#before.set(path, {
      files: [...earlier?.files ?? [], ...files],
      than: Math.min(earlier?.than ?? Infinity, than),
    });
  }

  #stopped(open: OpenFile, cause: unknown): void {
    if (this.#open.get(open.file.path) === open) this.#open.delete(open.file.path);
    if (this.#over) return;
    if (!isPassing(cause)) return this.#fail(open.source.name, cause);
    const { path, identity, modifiedAt } = open.file;
    // It had the name, and another one may be seen under it next.
    this.#noteBefore(open, [{ path, identity, modifiedAt: modifiedAt ?? open.beganAt }]);
    this.#lookSoon();
  }

  /** The load must not go on as if the file were not there. */
  #fail(path: string, cause: unknown): void {
    if (this.#over) return;
    this.#end();
    this.#options.failed(path, cause);
  }

  async #takeLane(): Promise<void> {
    if (this.#freeLanes === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#freeLanes -= 1;
  }

  #giveLane(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#freeLanes += 1;
    else next();
  }
}

async function sizeOf({ file }: Growth): Promise<number | null> {
  try {
    return (await file?.stat())?.size ?? null;
  } catch (error) {
    if (error instanceof Deno.errors.BadResource) return null;
    throw error;
  }
}

function isPassing(cause: unknown): boolean {
  return cause instanceof SourceError && PASSING.has(cause.code);
}

/** The oldest file that is to be read before another one and was not, as files are named now; null if there is none. */
async function nextOf(
  path: string,
  { files, than }: Omit<Before, "lost">,
  done: ReadonlySet<string>,
): Promise<FileBeside | null> {
  const left = await laterBeside(path, than);
  for (const file of files) {
    if (done.has(file.identity) || left.some(({ identity }) => identity === file.identity)) continue;
    const place = await placeOf(file, path);
    if (place === null) throw new SourceError("read_failed", `${file.path} is not found any more. Run again.`);
    // Under that name it is read as any other.
    if (place !== path) left.push({ ...file, path: place });
  }
  const [next] = left.filter(({ identity }) => !done.has(identity)).toSorted((a, b) => a.modifiedAt - b.modifiedAt);
  return next ?? null;
}

/** Files may get other names while they are looked for. */
async function placeOf({ path: then, identity }: FileBeside, path: string): Promise<string | null> {
  for (let look = 0; look < LOOKS; look++) {
    if ((await fileBeside(then))?.identity === identity) return then;
    const found = await siblingOf(path, (info) => fileIdentity(info) === identity);
    if (found !== null) return found.path;
  }
  return null;
}

function renamedError(path: string): SourceError {
  return new SourceError("replaced", `${path} was rotated while it was about to be read. Run again.`);
}
