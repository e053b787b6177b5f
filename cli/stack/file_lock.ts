import { dirname } from "node:path";

/** Options of {@link withFileLock}. */
export interface FileLockOptions {
  /** Called once if somebody else holds the lock. */
  readonly onWait?: () => void;
}

/**
 * Runs `work` while holding an exclusive lock on a file. The system drops the lock when its holder ends, however it
 * ends, so that a killed holder never blocks anybody. The file stays: removing it would let two holders in.
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
