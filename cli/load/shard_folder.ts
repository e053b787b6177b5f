/**
 * Where the shards of a load keep their state: each in a folder of its own within the data folder, named after the shard.
 * The folder's name holds the number of shards, so that a load which is resumed with another number is seen: its files
 * would be in other shards, whose folders know nothing of them, and be written again.
 *
 * @module
 */
import { basename, join } from "node:path";
import type { Clock } from "../../kernel/clock.ts";
import { quoted } from "../../config/quoted.ts";
import { hasCheckpoints } from "../../state/checkpoints.ts";
import { StateDatabase } from "../../state/database.ts";
import { type DataDirLock, DataDirLockedError, lockDataDir } from "../../state/lock.ts";
import { StorageError } from "../../storage/storage_error.ts";
import type { Shard } from "./shard.ts";

/** The data folder knows loads of another number of shards, or of none. */
export class OtherShardsError extends Error {
  override readonly name = "OtherShardsError";
  constructor(
    readonly dataDir: string,
    { known, wanted }: { readonly known: number | null; readonly wanted: number | null },
  ) {
    const has = known === null ? "loads without --shard" : `shards of ${known}`;
    const asks = wanted === null ? "this load is not shared" : `this one is of ${wanted}`;
    const same = known === null ? "Leave --shard out" : `Resume with --shard I/${known}`;
    super(
      `The data folder ${dataDir} holds the state of ${has}, and ${asks}: files would be in other hands, which do not know ` +
        `what is written of them. ${same}, or, for other files, name another folder with --data-dir. To share the same ` +
        `files anew, let the former loads end, then use another folder with --only-missing.`,
    );
  }
}

/** Another process is this shard. */
export class ShardLockedError extends Error {
  override readonly name = "ShardLockedError";
  constructor({ index, of }: Shard, cause: DataDirLockedError) {
    const { holder } = cause;
    const who = holder === null ? "another process" : `process ${holder.pid}, since ${holder.since}`;
    super(
      `Shard ${index} of ${of} is ${who}: it has the folder ${quoted(cause.dataDir)}. This one has read and written ` +
        "nothing. The same command resumes once that process has ended; with another folder it would write the same rows again.",
      { cause },
    );
  }
}

const SHARD_FOLDER = /^shard-(\d+)-of-(\d+)$/;
/** All shards of a machine may start at once; each holds the lock for some milliseconds. */
const [POLL_MS, PATIENCE_MS] = [20, 30_000] as const;

/** The folder of a shard. */
export function shardFolderOf(dataDir: string, { index, of }: Shard): string {
  return join(dataDir, `shard-${index}-of-${of}`);
}

/**
 * Takes the lock of a shard's folder, and makes that. The lock of the data folder, which a load that is not shared holds to
 * its end, is held meanwhile, so that two numbers of shards cannot begin at once.
 *
 * @throws {ShardLockedError} If another process is this shard.
 * @throws {OtherShardsError}
 * @throws {DataDirLockedError} If a load that is not shared runs there.
 * @throws {DataDirUnusableError}
 * @throws {StorageError}
 */
export async function lockShardFolder(
  dataDir: string,
  { shard, clock }: { readonly shard: Shard; readonly clock: Clock },
): Promise<DataDirLock> {
  await using _lock = await lockPatiently(dataDir, clock);
  if (hasLoads(dataDir)) throw new OtherShardsError(dataDir, { known: null, wanted: shard.of });
  await refuseOtherShards(dataDir, shard.of);
  try {
    const command = `load, shard ${shard.index} of ${shard.of}`;
    return await lockDataDir(shardFolderOf(dataDir, shard), { command, clock });
  } catch (error) {
    throw error instanceof DataDirLockedError ? new ShardLockedError(shard, error) : error;
  }
}

/**
 * Call before a load writes that is of so many shards, or of none, with the lock of the data folder.
 *
 * @throws {OtherShardsError}
 * @throws {StorageError}
 */
export async function refuseOtherShards(dataDir: string, wanted: number | null): Promise<void> {
  const ofShard = SHARD_FOLDER.exec(basename(dataDir));
  if (ofShard !== null) throw new OtherShardsError(dataDir, { known: Number(ofShard[2]), wanted });
  for (const { name, isDirectory } of Deno.readDirSync(dataDir)) {
    const of = Number(SHARD_FOLDER.exec(name)?.[2] ?? NaN);
    if (!isDirectory || Number.isNaN(of) || of === wanted) continue;
    const folder = join(dataDir, name);
    if (hasLoads(folder) || await isLocked(folder)) throw new OtherShardsError(dataDir, { known: of, wanted });
  }
}

/** Whether a process has the folder, which may be about to begin its first load. */
async function isLocked(folder: string): Promise<boolean> {
  try {
    await (await lockDataDir(folder, { command: STARTING })).release();
    return false;
  } catch (error) {
    if (error instanceof DataDirLockedError) return true;
    throw error;
  }
}

async function lockPatiently(dataDir: string, clock: Clock): Promise<DataDirLock> {
  const until = clock.monotonic() + PATIENCE_MS;
  for (;;) {
    try {
      return await lockDataDir(dataDir, { command: STARTING, clock });
    } catch (error) {
      const isStarting = error instanceof DataDirLockedError &&
        (error.holder === null || error.holder.command === STARTING);
      if (!isStarting || clock.monotonic() >= until) throw error;
      await clock.sleep(POLL_MS);
    }
  }
}

const STARTING = "the start of a shard";

/** Whether any load has begun with a folder: nothing is sent before its checkpoint is there. */
function hasLoads(folder: string): boolean {
  try {
    using database = StateDatabase.openReadOnly(folder);
    return database !== null && hasCheckpoints(database);
  } catch (error) {
    // Of an earlier version, which has loaded something.
    if (error instanceof StorageError && error.code === "older_format") return true;
    throw error;
  }
}
