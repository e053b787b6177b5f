/**
 * Whether this process may have as many files open as a load needs. Deno itself ends where it cannot open one more, so that
 * this is said beforehand.
 *
 * @module
 */

/** What Deno, the data folder and the registry take: measured 29. */
const ALWAYS = 34;
/** A file, and a second look at what it has become. */
const EACH_FILE = 2;
/** A broker: for what is asked of it, and for the records of each topic. */
const EACH_BROKER = 4;

/** How many files may be open that a load may need. */
export function descriptorsNeeded({ files, brokers }: { readonly files: number; readonly brokers: number }): number {
  return ALWAYS + EACH_FILE * files + EACH_BROKER * brokers;
}

/** Linux tells a process its limits here. */
const LIMITS_FILE = "/proc/self/limits";

/** How many files this process may have open; null where that is not told. */
export async function descriptorLimit(): Promise<number | null> {
  try {
    return limitIn(await Deno.readTextFile(LIMITS_FILE));
  } catch {
    return null; // Another system, or not to be read: the load goes on as without a limit.
  }
}

/** The soft limit; null if there is none. */
export function limitIn(limits: string): number | null {
  const soft = /^Max open files +(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? null : Number(soft);
}

/** What is to be said before a load that may need more than it may have; null if it has enough. */
export function limitWarning(needed: number, limit: number | null): string | null {
  if (limit === null || limit >= needed) return null;
  return `this process may have ${limit} files open, and this load may need ${needed}: raise the limit (ulimit -n ${needed}), ` +
    "or lower --files-in-flight. Without that it may wait for files to be closed, or Deno may end it.";
}
