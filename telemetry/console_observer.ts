/**
 * The observer of a runtime whose program gives none: it writes warnings and errors to the console, in the words of the
 * command line.
 *
 * @module
 */
import type { Observer } from "./events.ts";
import { createLogOutput } from "./log_output.ts";

/** An observer that writes warnings and errors to standard error. */
export function consoleObserver(write: (line: string) => void = (line) => console.error(line.trimEnd())): Observer {
  return createLogOutput({ write, level: "warning" }).observer;
}
