/**
 * A file that is read while it is written to: what its reader and those who watch the file tell each other. It outlives the
 * readers, since a source that is started again goes on with the same file.
 *
 * @module
 */

import type { Clock } from "../../kernel/clock.ts";

/** How the reading of a file that grows has ended. */
export type GrowthEnd =
  /** It was to end, and was read to its last byte after that. */
  | "read_out"
  /** It is shorter than what was read of it, or the last bytes that were read are other ones now. */
  | "truncated";

export class Growth {
  /** Which file it is, whatever its name; see `fileIdentity`. */
  readonly identity: string;
  /** How many bytes it had when it was seen: with fewer, it was cut since. */
  readonly seenBytes: number;
  /** How many bytes of it have been read. */
  bytes = 0;
  /** The file, while it is open. */
  file: Pick<Deno.FsFile, "stat"> | null = null;
  #end: GrowthEnd | null = null;
  #isLast = false;
  #isWoken = false;
  #wake: (() => void) | null = null;
  #endRest: (() => void) | null = null;
  #caughtUp = Promise.withResolvers<void>();

  constructor(identity: string, seenBytes = 0) {
    this.identity = identity;
    this.seenBytes = seenBytes;
  }

  /** How its reading has ended; null while it goes on. */
  get end(): GrowthEnd | null {
    return this.#end;
  }

  /** True while everything was read that was there. */
  get isWaiting(): boolean {
    return this.#wake !== null || this.#endRest !== null;
  }

  /** Resolves when its end was met for the first time. */
  get caughtUp(): Promise<void> {
    return this.#caughtUp.promise;
  }

  /** True once what is there now is all that is to be read. */
  get isLast(): boolean {
    return this.#isLast;
  }

  /** True if it is open and has no name any more. */
  async isRemoved(): Promise<boolean> {
    try {
      return (await this.file?.stat())?.nlink === 0;
    } catch (error) {
      // It was closed meanwhile.
      if (error instanceof Deno.errors.BadResource) return false;
      throw error;
    }
  }

  /** Something may have been written to it. */
  wake(): void {
    this.#isWoken = true;
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  /** Nothing more is to be waited for: its reader gives out what is there, and ends. */
  finish(): void {
    this.#isLast = true;
    this.wake();
    this.endRest();
  }

  /** Called by its reader before it looks: a change after that is worth another look. */
  beforeLook(): void {
    this.#isWoken = false;
  }

  /** Called by its reader at the end of the file: resolves when it is worth to look again. */
  async changed(): Promise<void> {
    this.#caughtUp.resolve();
    if (this.#isWoken) return;
    await new Promise<void>((resolve) => this.#wake = resolve);
  }

  /**
   * Called by its reader, which has met the end, before it looks again: resolves after that time, or as soon as nothing more is to
   * be waited for.
   */
  async rest(delayMs: number, clock: Pick<Clock, "schedule">): Promise<void> {
    // Of a file that is always written to each look finds something.
    this.#caughtUp.resolve();
    if (delayMs <= 0 || this.#isLast) return;
    await new Promise<void>((resolve) => {
      const timer = clock.schedule(delayMs, () => this.endRest());
      this.#endRest = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  /** Its reader is closed, and does not rest any more. */
  endRest(): void {
    const end = this.#endRest;
    this.#endRest = null;
    end?.();
  }

  /** Called by its reader, once. */
  ended(end: GrowthEnd): void {
    this.#end = end;
    this.#caughtUp.resolve();
  }
}

/**
 * The same for the same file under any name, and another one for a file that has got the inode of one that was removed, where
 * the system knows when files were made. Null where it has no inodes.
 */
export function fileIdentity({ dev, ino, birthtime }: Deno.FileInfo): string | null {
  return ino === null ? null : `${dev}/${ino}/${birthtime?.getTime() ?? ""}`;
}
