/**
 * A load whose files several processes share: what cannot be shared, which files are this one's, and where its state is.
 *
 * @module
 */
import { addressesOf } from "../../runtime/first_contact.ts";
import type { Overlap } from "../../runtime/resuming/find_start_point.ts";
import type { RowSource } from "../../sources/source.ts";
import type { DataDirLock } from "../../state/lock.ts";
import type { Session } from "../shared/session.ts";
import { UsageError } from "../shared/usage_error.ts";
import { isInOrder } from "./load_job.ts";
import { filesOfShard, type Shard, type SharedFiles, sharedFilesText } from "./shard.ts";
import { lockShardFolder, refuseOtherShards } from "./shard_folder.ts";

/** A shard and its files. */
export interface Share extends SharedFiles {
  readonly shard: Shard;
}

/** A share as `load --json` prints it. */
interface ShardReport extends Shard {
  readonly files: readonly string[];
  readonly files_of_others: number;
}

/** The files of a shard, which is told. @throws {UsageError} If the files cannot be shared. */
export function shareOf(
  session: Session,
  { shard, all, overlap }: {
    readonly shard: Shard;
    readonly all: readonly RowSource[];
    readonly overlap: Overlap | undefined;
  },
): Share {
  const { settings } = session;
  const stream = all.find(({ file }) => !file);
  if (stream !== undefined) {
    throw new UsageError(
      `--shard takes files, and ${stream.name} is a stream, which only one process can read`,
      "Write it to a file and load that, or leave --shard out.",
    );
  }
  const addresses = addressesOf(settings);
  if (addresses.brokers === null || addresses.registry === null) {
    throw new UsageError(
      "--shard needs brokers and a registry that all shards reach, and embedded ones have one process",
      "Give --brokers and --registry, or --stack.",
    );
  }
  if (isInOrder(all, settings)) {
    throw new UsageError(
      "--shard would load files at once whose order counts: of each key their topic keeps the latest record only",
      "Leave --shard out: such files are loaded one after the other.",
    );
  }
  if (overlap === "skip") {
    throw new UsageError(
      "--overlap skip looks for rows in the topics before it writes them, and other shards write meanwhile",
      "Leave --shard or --overlap skip out.",
    );
  }
  const share = { shard, ...filesOfShard(all, shard) };
  session.say(sharedFilesText(shard, share));
  return share;
}

/** Takes the lock of the data folder, or makes and takes that of a shard, which is the command's data folder then. */
export async function lockFor(session: Session, shard: Shard | null): Promise<DataDirLock> {
  const { settings: { dataDir }, cli: { clock } } = session;
  if (shard === null) {
    const lock = await session.lockDataDir("load");
    try {
      await refuseOtherShards(dataDir, null);
      return lock;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }
  const lock = await lockShardFolder(dataDir, { shard, clock });
  session.useDataDir(lock.dataDir);
  session.sayNarrowed(lock);
  return lock;
}

/** Which part of the load this was; null if it was not shared. */
export function shardReport(share: Share | null): ShardReport | null {
  if (share === null) return null;
  const { shard: { index, of }, own, others } = share;
  return { index, of, files: own.map(({ name }) => name), files_of_others: others };
}
