/**
 * Folders for tests, and what a crash leaves of a database.
 *
 * @module
 */
import { basename, join } from "node:path";

/** Runs with a new folder, and removes it. */
export async function withFolder(run: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The files of a database that is open, as a crash of the process at this moment would leave them. */
export function crashCopy(file: string, folder: string): string {
  Deno.mkdirSync(folder, { recursive: true });
  const copy = join(folder, basename(file));
  for (const suffix of ["", "-wal", "-shm"]) {
    try {
      Deno.copyFileSync(`${file}${suffix}`, `${copy}${suffix}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return copy;
}

/** Changes one bit of a file. */
export function flipBit(file: string, { byte, bit }: { readonly byte: number; readonly bit: number }): void {
  using handle = Deno.openSync(file, { read: true, write: true });
  const buffer = new Uint8Array(1);
  handle.seekSync(byte, Deno.SeekMode.Start);
  handle.readSync(buffer);
  buffer[0] = (buffer[0] ?? 0) ^ (1 << bit);
  handle.seekSync(byte, Deno.SeekMode.Start);
  handle.writeSync(buffer);
}

/** True if there is such a file. */
export function exists(file: string): boolean {
  try {
    Deno.statSync(file);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
