/**
 * Handles Ctrl-C and TERM: the first signal drains, a later one ends at once.
 *
 * @module
 */
import type { Clock } from "../../kernel/clock.ts";

/** Signals that ask the program to stop. */
export type StopSignalName = "SIGINT" | "SIGTERM";

/** Under `deno task` one Ctrl-C arrives twice: two signals within this time count as one. */
const SAME_SIGNAL_MS = 1000;

/** The user's request to stop. */
export interface StopSignal {
  /**
   * The signal that the first Ctrl-C or TERM aborts. A caller who takes it promises to stop in order: from then on
   * those signals no longer end the program by themselves. The user then sees `announcement`.
   */
  take(announcement?: string): AbortSignal;
  /**
   * Registers a callback that runs before a later signal ends the program, to print the account so far. Returns how to
   * undo it.
   */
  onForcedEnd(callback: () => void): () => void;
  /** The signal that was received first; null before any. */
  readonly received: StopSignalName | null;
  /** Stops listening to the signals. */
  close(): void;
}

/** What a stop signal needs of the system. */
export interface StopSignalOptions {
  readonly clock: Clock;
  /** Starts listening; returns how to stop it. */
  readonly listen: (name: StopSignalName, handler: () => void) => () => void;
  /** Tells the user something. */
  readonly say: (line: string) => void;
  /** Ends the program at once, because of this signal. */
  readonly end: (name: StopSignalName) => void;
}

/** The signals of this process. */
export function listenToSystem(name: StopSignalName, handler: () => void): () => void {
  Deno.addSignalListener(name, handler);
  return () => Deno.removeSignalListener(name, handler);
}

/** Makes a {@link StopSignal}. Listens only once its signal has been taken. */
export function createStopSignal({ clock, listen, say, end }: StopSignalOptions): StopSignal {
  const controller = new AbortController();
  const callbacks = new Set<() => void>();
  let listeners: readonly (() => void)[] | null = null;
  let announced: string | undefined;
  let first: { readonly name: StopSignalName; readonly at: number } | null = null;

  function onSignal(name: StopSignalName): void {
    const now = clock.monotonic();
    if (first === null) {
      first = { name, at: now };
      if (announced !== undefined) say(announced);
      controller.abort(new DOMException(`${name} was received`, "AbortError"));
      return;
    }
    if (first.name === name && now - first.at < SAME_SIGNAL_MS) return;
    for (const callback of callbacks) callback();
    end(name);
  }

  return {
    get received() {
      return first?.name ?? null;
    },
    take(announcement) {
      announced = announcement;
      listeners ??= (["SIGINT", "SIGTERM"] as const).map((name) => listen(name, () => onSignal(name)));
      return controller.signal;
    },
    onForcedEnd(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    close() {
      for (const stop of listeners ?? []) stop();
      listeners = [];
    },
  };
}
