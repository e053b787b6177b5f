/**
 * Checks whether this process may open as many files as a load needs. Deno itself exits when it cannot open another
 * file, so the user must know beforehand.
 *
 * @module
 */

/** Files that Deno, the data folder and the registry need: measured 29. */
const ALWAYS = 34;
/** For each file: the file itself, and a second handle that checks whether it has changed. */
const EACH_FILE = 2;
/** For each broker: a connection for requests, and one for the records of each topic. */
const EACH_BROKER = 4;

/** How many open files a load may need. */
export function descriptorsNeeded({ files, brokers }: { readonly files: number; readonly brokers: number }): number {
  return ALWAYS + EACH_FILE * files + EACH_BROKER * brokers;
}

/** How many files a process may have open besides all else: as many as that, fewer within a low limit, and at least one. */
export function filesWithin(
  limit: number | null,
  { files, brokers }: { readonly files: number; readonly brokers: number },
): number {
  const room = (limit ?? Infinity) - descriptorsNeeded({ files: 0, brokers });
  return Math.max(1, Math.min(files, Math.floor(room / EACH_FILE)));
}

/** Where Linux tells a process its limits. */
const LIMITS_FILE = "/proc/self/limits";

/** How many files this process may have open; null if the system does not tell. */
export async function descriptorLimit(): Promise<number | null> {
  try {
    return limitIn(await Deno.readTextFile(LIMITS_FILE));
  } catch {
    return null; // Another system, or an unreadable file: the load continues as without a limit.
  }
}

/** The soft limit; null if there is none. */
export function limitIn(limits: string): number | null {
  const soft = /^Max open files +(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? null : Number(soft);
}

/** The warning for a load that may need more open files than allowed; null if the limit suffices. */
export function limitWarning(needed: number, limit: number | null): string | null {
  if (limit === null || limit >= needed) return null;
  return `this process may have ${limit} files open, and this load may need ${needed}: raise the limit (ulimit -n ${needed}), ` +
    "or lower --files-in-flight. Without that it may wait for files to be closed, or Deno may end it.";
}
