/**
 * A checkpoint: how far a source has been written, and what a later run needs to resume from there.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { Partitioner } from "../config/settings.ts";
import { type VersionFlag, versionsUnder } from "../config/version_flag.ts";
import { type FilePosition, filePositionSchema } from "../records/content/file_position.ts";
import type { FileStamp } from "../records/content/file_stamp.ts";
import type { SchemaVersion } from "../schemas/record_types.ts";
import { offsetsSchema } from "./marks.ts";

/** What a checkpoint is of: a source as it is written with one setting of the version flag. */
export interface CheckpointKey {
  /** Id of the source. */
  readonly source: string;
  readonly versions: VersionFlag;
}

const whole = z.int().min(0);
const origin = z.string().regex(/^[0-9a-f]{16}$/);

const settledRows = { acked: whole, dead_lettered: whole, duplicates_skipped: whole };

/** A `FileStamp`. */
export const stampSchema: z.ZodType<FileStamp> = z.strictObject({
  size: whole,
  modifiedAt: z.number().nullable(),
  changedAt: z.number().nullable(),
  device: z.number().nullable(),
  inode: z.number().nullable(),
  bornAt: z.number().nullable().optional(),
  member: z.string().optional(),
  takenAt: z.number(),
});

const topic = z.strictObject({
  name: z.string().min(1),
  version: z.enum(["v1", "v2"]),
  id: z.string().nullable(),
  next: offsetsSchema,
  partitions: whole,
  /** There was one rule before it was written down. */
  partitioner: z.enum(["murmur2", "crc32"]).nullable().default("murmur2"),
});

/** Positions were flat until `at` was the source's own. */
const flatPosition = z.looseObject({ row: whole, line: whole });

/** A position as it is stored now, made of a flat one if it is one. */
function migratedPosition(position: unknown): unknown {
  const { success, data } = flatPosition.safeParse(position);
  if (!success) return position;
  const { row, unended, ...at } = data;
  return { row, at: unended === undefined ? at : { ...at, unended: migratedPosition(unended) } };
}

/** The JSON of a checkpoint: what {@link StoredCheckpoint} has beside its key. */
const bodySchema = z.strictObject({
  file: z.strictObject({ path: z.string(), stamp: stampSchema, formerPath: z.string().optional() }).nullable(),
  origin: origin.nullable(),
  formerOrigins: z.array(origin).optional(),
  flags: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  position: z.preprocess(migratedPosition, filePositionSchema),
  counts: z.strictObject({
    read: whole,
    ...settledRows,
    versions: z.record(z.string(), z.strictObject(settledRows)),
  }),
  finished: z.strictObject({
    rows: whole,
    bytes: whole.nullable(),
    heldBack: z.strictObject({ line: whole, bytes: whole, openQuote: z.literal(true).optional() }).nullable(),
  }).nullable(),
  rewritten: z.literal(true).optional(),
  ahead: whole.nullable(),
  clusterId: z.string(),
  topics: z.array(topic),
  startedAt: whole,
  writtenAt: whole,
});

/** A file as a checkpoint knows it. */
export interface CheckpointFile {
  /** Absolute, without symbolic links. */
  readonly path: string;
  /** How it stood when all that was read of it was in it. */
  readonly stamp: FileStamp;
  /** The path that it had while it was followed, if it was read under another one since. @default none is known */
  readonly formerPath?: string | undefined;
}

/** What became of settled rows. */
export interface SettledCounts {
  /** Every target has them. */
  readonly acked: number;
  /** At least one target refused them. */
  readonly dead_lettered: number;
  /** Every target had them before. */
  readonly duplicates_skipped: number;
}

/** What became of the rows before a position. */
export interface CheckpointCounts extends SettledCounts {
  /** All rows before it. */
  readonly read: number;
  /** The same by schema version. */
  readonly versions: Readonly<Record<string, SettledCounts>>;
}

/** How far a topic is known. */
export interface CheckpointTopic {
  /** Name of the topic. */
  readonly name: string;
  /** Schema version of the records that the source writes to it. */
  readonly version: SchemaVersion;
  /** The topic's own id; null where the client cannot tell. */
  readonly id: string | null;
  /**
   * For each partition, one past the highest acknowledged offset of a row before the position; before the first send, the
   * end offset then. Rows after the position, if they were sent, are at or after it.
   */
  readonly next: readonly bigint[];
  /** The smallest number of partitions that the topic had since a row after the position may have been sent. */
  readonly partitions: number;
  /**
   * How the partitions of rows after the position were made of their keys, if they were sent; null: by more than one rule.
   */
  readonly partitioner: Partitioner | null;
}

/** The end that a source was read to. */
export interface CheckpointEnd {
  /** Rows before it. */
  readonly rows: number;
  /** Bytes of the content; null for a source that is no file. */
  readonly bytes: number | null;
  /** What the content ends with that was not read; null if it was read to its last byte. */
  readonly heldBack: {
    /** The line where it begins, from 1. */
    readonly line: number;
    /** How long it is. */
    readonly bytes: number;
    /** A quoted field of it does not end. */
    readonly openQuote?: true | undefined;
  } | null;
}

/** Settings that change what the rows of a source mean: two loads with other ones write other records. */
export type SourceFlags = Readonly<Record<string, string | number | boolean | null>>;

/** How far a source has been written: every row before the position is in the topics or in the dead letters. */
export interface Checkpoint extends CheckpointKey {
  /** Null for a source that is no file. */
  readonly file: CheckpointFile | null;
  /**
   * What the records of this load name as where they come from: 16 hexadecimal digits, kept as long as the load is. Null for
   * what writes no records of a file.
   */
  readonly origin: string | null;
  /**
   * Those of earlier loads of the file, which was changed between them: their records are no other file's.
   * @default none
   */
  readonly formerOrigins?: readonly string[] | undefined;
  /** The settings that the rows were read with. */
  readonly flags: SourceFlags;
  /** Where the next read starts. */
  readonly position: FilePosition;
  /** What became of the rows before the position, by the names of the account, and by schema version. */
  readonly counts: CheckpointCounts;
  /** The end that the source was read to; null until it has been written to its end. */
  readonly finished: CheckpointEnd | null;
  /** The file was written anew while it was read: its rows are not known any more. @default false */
  readonly rewritten?: true | undefined;
  /**
   * Maximum number of rows after the position that may have been sent: 0 after an orderly end, null if it is not known.
   */
  readonly ahead: number | null;
  /** Id of the Kafka cluster that the topics are of. */
  readonly clusterId: string;
  /** How far each topic is known. */
  readonly topics: readonly CheckpointTopic[];
}

/** A checkpoint as it is stored. */
export interface StoredCheckpoint extends Checkpoint {
  /** When the load began, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** When it was written, in milliseconds since the epoch. */
  readonly writtenAt: number;
}

/** Counts of rows that another load has settled. */
export function countedAsSkipped(counts: CheckpointCounts): CheckpointCounts {
  const skipped = ({ acked, dead_lettered, duplicates_skipped }: SettledCounts) => ({
    acked: 0,
    dead_lettered: 0,
    duplicates_skipped: acked + dead_lettered + duplicates_skipped,
  });
  const versions = Object.entries(counts.versions).map(([version, count]) => [version, skipped(count)]);
  return { read: counts.read, ...skipped(counts), versions: Object.fromEntries(versions) };
}

/** The flags as one text, the same for the same flags in any order. */
export function canonicalFlags(flags: SourceFlags): string {
  return JSON.stringify(Object.entries(flags).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A key as one text, for messages and maps. */
export function keyText({ source, versions }: CheckpointKey): string {
  return `${source} (${versions})`;
}

/** The JSON that is stored of a checkpoint, without its key. */
export function encodeBody({ source: _source, versions: _versions, ...body }: StoredCheckpoint): string {
  return JSON.stringify(body, (_name, value: unknown) => typeof value === "bigint" ? String(value) : value);
}

/** A body that is no checkpoint's. */
export class CheckpointBodyError extends Error {
  override readonly name = "CheckpointBodyError";
}

/**
 * What a checkpoint was stored as.
 *
 * @throws {CheckpointBodyError} If the body is not one.
 */
export function decodeBody({ source, versions }: CheckpointKey, body: string): StoredCheckpoint {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (cause) {
    throw new CheckpointBodyError("the body is not JSON", { cause });
  }
  const parsed = bodySchema.safeParse(json);
  if (parsed.success) return { source, versions, ...parsed.data };
  const [issue] = parsed.error.issues;
  throw new CheckpointBodyError(`${issue?.path.join(".")}: ${issue?.message}`, { cause: parsed.error });
}

/** The digest that is stored beside a body. */
export function digestOf({ source, versions }: CheckpointKey, body: string): Uint8Array {
  return createHash("sha256").update(JSON.stringify([source, versions, body])).digest();
}

/** A sentence on what of a checkpoint contradicts the rest of it; null if nothing does. */
export function inconsistencyOf(checkpoint: Checkpoint): string | null {
  const { position, counts, finished, versions, topics } = checkpoint;
  const { read, acked, dead_lettered, duplicates_skipped } = counts;
  const settled = acked + dead_lettered + duplicates_skipped;
  const given = position.row + (position.at.again ?? 0);
  if (read !== given) return `it counts ${read} rows read before row ${position.row}`;
  const { content, offset } = position.at;
  if (content !== undefined && content.bytes !== offset) return `its mark is of ${content.bytes} bytes`;
  if (settled !== read) return `of ${read} rows read it accounts for ${settled}`;
  if (finished !== null && finished.rows !== position.row) {
    return `it is finished with ${finished.rows} rows at row ${position.row}`;
  }
  const expected = versionsUnder(versions);
  const found = [...new Set(topics.map(({ version }) => version))].sort();
  if (found.join() !== expected.join()) return `it has topics of ${found.join() || "no version"}, not of ${versions}`;
  return new Set(topics.map(({ name }) => name)).size < topics.length ? "it has a topic twice" : null;
}
