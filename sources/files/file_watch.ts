/**
 * Tells when something happens to the files of folders. The system may tell late, or never (a file that another machine
 * writes to over a network), so that those who listen look by themselves now and then, too.
 *
 * @module
 */
import type { Clock, Timer } from "../../kernel/clock.ts";

/** What happened. */
export interface FileChange {
  /** `written`: to the files; `named`: files came, went or changed their names; `any`: what it was is not known. */
  readonly type: "written" | "named" | "any";
  /** As the folder's path was given; empty where it is not known. */
  readonly paths: readonly string[];
}

/** A running watch. */
export interface FileWatch extends Disposable {
  /**
   * Watches a folder too, with the folders in it or without; nothing if it does already. One that was removed is not watched
   * any more: once another one has its name, add it again.
   */
  add(folder: string, options: { readonly recursive: boolean }): void;
}

/** What a watch calls. */
export interface WatchListener {
  readonly changed: (change: FileChange) => void;
  /** The system does not watch this folder, or not any more. Told once, until it does. */
  readonly failed: (folder: string, cause: unknown) => void;
}

/** Starts a watch of no folder. */
export type OpenFileWatch = (listener: WatchListener) => FileWatch;

/** Deno keeps 16 events and drops those that come while these have not been taken. */
const KEPT_EVENTS = 16;

/** The watch of the system. */
export function systemFileWatch(clock: Clock): OpenFileWatch {
  return (listener) => new SystemFileWatch(listener, clock);
}

class SystemFileWatch implements FileWatch {
  readonly #listener: WatchListener;
  readonly #clock: Clock;
  readonly #watchers = new Map<string, Deno.FsWatcher>();
  /** Folders of which it was told that they are not watched. */
  readonly #unwatched = new Set<string>();
  /** Events since the event loop has turned: as many as are kept, or more, may not be all. */
  #inTurn = 0;
  #turn: Timer | null = null;

  constructor(listener: WatchListener, clock: Clock) {
    this.#listener = listener;
    this.#clock = clock;
  }

  add(folder: string, { recursive }: { readonly recursive: boolean }): void {
    if (this.#watchers.has(folder)) return;
    try {
      const watcher = Deno.watchFs(folder, { recursive });
      this.#watchers.set(folder, watcher);
      this.#unwatched.delete(folder);
      this.#listen(watcher, folder).catch((cause) => this.#failed(folder, cause));
    } catch (cause) {
      this.#failed(folder, cause);
    }
  }

  #failed(folder: string, cause: unknown): void {
    if (this.#unwatched.has(folder)) return;
    this.#unwatched.add(folder);
    this.#listener.failed(folder, cause);
  }

  [Symbol.dispose](): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    this.#turn?.cancel();
  }

  async #listen(watcher: Deno.FsWatcher, folder: string): Promise<void> {
    for await (const { kind, paths, flag } of watcher) {
      this.#count();
      // To open or to close it is no change.
      if (kind === "access") continue;
      const type = flag === "rescan" ? "any" : kind === "modify" ? "written" : "named";
      if (kind === "remove" && paths.includes(folder)) this.#left(folder, watcher);
      this.#listener.changed({ type, paths });
    }
  }

  /** The folder was removed, or has another name; Deno would watch no other one of the name while this is open. */
  #left(folder: string, watcher: Deno.FsWatcher): void {
    watcher.close();
    if (this.#watchers.get(folder) === watcher) this.#watchers.delete(folder);
  }

  #count(): void {
    if (this.#inTurn++ > 0) return;
    this.#turn = this.#clock.schedule(0, () => {
      const mayLack = this.#inTurn >= KEPT_EVENTS;
      this.#inTurn = 0;
      if (mayLack && this.#watchers.size > 0) this.#listener.changed({ type: "any", paths: [] });
    });
  }
}
