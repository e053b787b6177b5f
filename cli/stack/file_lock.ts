/**
 * A lock between processes, so that only one of them works on a stack or a download.
 *
 * @module
 */
import { dirname } from "node:path";

/** Options of {@link withFileLock}. */
export interface FileLockOptions {
  /** Called once if another process holds the lock. */
  readonly onWait?: () => void;
}

/**
 * Runs `work` while it holds an exclusive lock on a file. The system drops the lock when its holder ends in any way, so
 * a killed holder never blocks another process. The file stays: if it were removed, two holders could get in.
 */
export async function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  options: FileLockOptions = {},
): Promise<T> {
  await Deno.mkdir(dirname(path), { recursive: true });
  using file = await Deno.open(path, { create: true, write: true });
  if (!await file.tryLock(true)) {
    options.onWait?.();
    await file.lock(true);
  }
  try {
    return await work();
  } finally {
    await file.unlock();
  }
}
