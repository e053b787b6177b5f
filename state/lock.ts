/**
 * One process at a time writes to a data folder.
 *
 * @module
 */
import { join } from "node:path";
import { type Clock, systemClock } from "../kernel/clock.ts";
import { makePrivateFile, makePrivateFolder, narrowFiles } from "../storage/private_files.ts";

/** The process that holds a lock. */
export interface LockHolder {
  /** Id of the process. */
  readonly pid: number;
  /** When it took the lock: ISO 8601, UTC. */
  readonly since: string;
  /** What it is doing, for people. */
  readonly command: string;
}

/** Another process, or another part of this one, uses the data folder. */
export class DataDirLockedError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "DataDirLockedError";
  /**
   * Made when the lock is taken.
   *
   * @param holder null in the instant in which the other process has locked and not yet signed.
   */
  constructor(readonly dataDir: string, readonly holder: LockHolder | null) {
    const who = holder === null
      ? "another process"
      : `process ${holder.pid} (${holder.command}), since ${holder.since}`;
    super(
      `The data folder ${dataDir} is in use by ${who}. ` +
        "Wait for it to end, end it, or choose another folder with --data-dir.",
    );
  }
}

/** The data folder cannot be made, or not be written to. */
export class DataDirUnusableError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "DataDirUnusableError";
  /** Made from the error of the file system, which is its `cause`. */
  constructor(readonly dataDir: string, options: { readonly cause: Error }) {
    super(`The data folder ${dataDir} cannot be used: ${options.cause.message}`, options);
  }
}

const UNUSABLE = [Deno.errors.NotADirectory, Deno.errors.AlreadyExists, Deno.errors.PermissionDenied];

/** Options of {@link lockDataDir}. */
export interface LockOptions {
  /** What this process is doing, for the message that another one gets. */
  readonly command: string;
  /** Process to name as the holder. @default Deno.pid */
  readonly pid?: number;
  /** Where the time of taking the lock comes from. @default systemClock */
  readonly clock?: Clock;
}

/** How the names of the files in a data folder begin, those beside a database and damaged ones too. */
const OWN_FILES = ["lock", "state.", "log.sqlite", "registry.sqlite", "written_ids.", "shared_ids."];
const MAX_SIGNATURE_BYTES = 4096;

/**
 * Takes the lock of a data folder, and makes the folder, for its owner alone, if it is not there. The operating system frees the lock when the
 * process ends in any way, so that none is ever left behind; the file stays.
 *
 * @throws {DataDirLockedError} If it is held already, by this process too.
 * @throws {DataDirUnusableError} If there can be no such folder, or this user may not write to it.
 *
 * @example
 * ```ts
 * import { DataDirLockedError, lockDataDir } from "tickflume";
 * import assert from "node:assert/strict";
 *
 * const dataDir = await Deno.makeTempDir();
 * {
 *   await using _lock = await lockDataDir(dataDir, { command: "nightly load" });
 *   await assert.rejects(lockDataDir(dataDir, { command: "another one" }), DataDirLockedError);
 * }
 * await Deno.remove(dataDir, { recursive: true });
 * ```
 */
export async function lockDataDir(
  dataDir: string,
  { command, pid = Deno.pid, clock = systemClock }: LockOptions,
): Promise<DataDirLock> {
  const file = openLock(dataDir);
  try {
    if (!await file.tryLock(true)) throw new DataDirLockedError(dataDir, await readHolder(file));
    const holder: LockHolder = { pid, since: new Date(clock.now()).toISOString(), command };
    // One write, so that a process that finds the lock taken sees all of the signature or none.
    await file.truncate();
    await file.write(new TextEncoder().encode(`${JSON.stringify(holder)}\n`));
    return new DataDirLock(dataDir, { holder, file, narrowed: narrowFiles(dataDir, OWN_FILES) });
  } catch (error) {
    file.close();
    throw error;
  }
}

function openLock(dataDir: string): Deno.FsFile {
  try {
    makePrivateFolder(dataDir);
    makePrivateFile(join(dataDir, "lock"));
    return Deno.openSync(join(dataDir, "lock"), { read: true, write: true });
  } catch (cause) {
    if (UNUSABLE.some((type) => cause instanceof type) && cause instanceof Error) {
      throw new DataDirUnusableError(dataDir, { cause });
    }
    throw cause;
  }
}

/** A lock that is held until {@link release}, or until the process ends. */
export class DataDirLock implements AsyncDisposable {
  /** The folder as it was given. */
  readonly dataDir: string;
  /** What other processes read about the holder: this process. */
  readonly holder: LockHolder;
  /** Files of an earlier version that others could read until now. */
  readonly narrowed: readonly string[];
  #file: Deno.FsFile | null;
  readonly #path: string;
  readonly #own: Deno.FileInfo;

  /** @internal */
  constructor(
    dataDir: string,
    { holder, file, narrowed }: {
      readonly holder: LockHolder;
      readonly file: Deno.FsFile;
      readonly narrowed: readonly string[];
    },
  ) {
    this.dataDir = dataDir;
    this.holder = holder;
    this.narrowed = narrowed;
    this.#file = file;
    this.#path = join(dataDir, "lock");
    this.#own = file.statSync();
  }

  /** False once the file was removed, or is another one: then another process can have the lock too. */
  isHeld(): boolean {
    if (this.#file === null) return false;
    try {
      const now = Deno.statSync(this.#path);
      return now.ino === this.#own.ino && now.dev === this.#own.dev;
    } catch (error) {
      // What cannot be looked at may be the same.
      return !(error instanceof Deno.errors.NotFound);
    }
  }

  /** Frees the lock. Idempotent. */
  async release(): Promise<void> {
    const file = this.#file;
    if (file === null) return;
    this.#file = null;
    try {
      await file.truncate();
    } finally {
      file.close();
    }
  }

  /** Frees the lock at the end of an `await using` block: as {@link release}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}

async function readHolder(file: Deno.FsFile): Promise<LockHolder | null> {
  const bytes = new Uint8Array(MAX_SIGNATURE_BYTES);
  const length = await file.read(bytes) ?? 0;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(0, length)));
    return isHolder(value) ? value : null;
  } catch {
    return null;
  }
}

function isHolder(value: unknown): value is LockHolder {
  return typeof value === "object" && value !== null &&
    "pid" in value && typeof value.pid === "number" &&
    "since" in value && typeof value.since === "string" &&
    "command" in value && typeof value.command === "string";
}
