/**
 * Which files of a load are this process's, where several processes share them: a pure function of a file's own name or
 * symbol and of the number of shards, so that no file changes its shard when others are added, and every process reckons
 * the same without asking another one.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { InvalidArgumentError } from "commander";
import { rowLayoutOf } from "../../sources/formats/formats.ts";
import type { RowSource } from "../../sources/source.ts";
import { uncompressedName } from "../../storage/compression.ts";
import { UsageError } from "../shared/usage_error.ts";

/** One of several processes that share the files of a load. */
export interface Shard {
  /** From 0. */
  readonly index: number;
  /** How many there are. */
  readonly of: number;
}

/** The files of a load as one shard sees them. */
export interface SharedFiles {
  /** Those of the shard, in the order of the list. */
  readonly own: readonly RowSource[];
  /** How many are other shards'. */
  readonly others: number;
}

/** The environment variable in which Kubernetes tells a pod of an Indexed Job which one it is. */
const INDEX_VARIABLE = "JOB_COMPLETION_INDEX";
export const MAX_SHARDS = 10_000;

/** The value of `--shard`. @throws {InvalidArgumentError} */
export function shardIn(text: string): Shard {
  const [, index = NaN, of = NaN] = (/^(\d{1,5})\/(\d{1,5})$/.exec(text) ?? []).map(Number);
  if (of >= 1 && of <= MAX_SHARDS && index < of) return { index, of };
  throw new InvalidArgumentError(`It must be I/N, and I counts from 0: the first of three is 0/3, the last 2/3.`);
}

/** The shard that the flags name; null if the load is not shared. @throws {UsageError} */
export function shardOf(
  { shard, shards }: { readonly shard?: Shard; readonly shards?: number },
  environment: Readonly<Record<string, string>>,
): Shard | null {
  if (shards === undefined) return shard ?? null;
  const text = environment[INDEX_VARIABLE];
  if (text === undefined) {
    throw new UsageError(
      `--shards ${shards} says how many there are, and ${INDEX_VARIABLE} is not set, which says which one this is`,
      `Kubernetes sets it in the pods of an Indexed Job; elsewhere give --shard I/${shards}.`,
    );
  }
  const index = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (index < shards) return { index, of: shards };
  throw new UsageError(
    `${INDEX_VARIABLE} is ${JSON.stringify(text)}, and --shards ${shards} has the shards 0 to ${shards - 1}`,
    "Give --shards and completions of the Job the same number.",
  );
}

/**
 * By what a file's shard is reckoned: the symbol of a file of one symbol, so that all its days are in one shard; else the
 * file's name, without folders and without the ending of a compression.
 */
export function shardKeyOf({ kind, name, file }: Pick<RowSource, "kind" | "name" | "file">): string {
  const { format, symbol } = file?.flags ?? {};
  const isOfOneSymbol = typeof format === "string" && rowLayoutOf(format, kind).isOfOneSymbol;
  return isOfOneSymbol && typeof symbol === "string" ? symbol : uncompressedName(basename(name));
}

/** The shard of a key: the first 32 bits of its SHA-256, modulo the number of shards. Never changes. */
export function indexOfKey(key: string, shards: number): number {
  return createHash("sha256").update(key).digest().readUInt32BE(0) % shards;
}

/** The files of a list that are a shard's. */
export function filesOfShard(sources: readonly RowSource[], { index, of }: Shard): SharedFiles {
  const own = sources.filter((source) => indexOfKey(shardKeyOf(source), of) === index);
  return { own, others: sources.length - own.length };
}

/** How many files a message names. */
const NAMED_FILES = 10;

/** For people: which files are the shard's. */
export function sharedFilesText({ index, of }: Shard, { own, others }: SharedFiles): string {
  const all = own.length + others;
  const which = `shard ${index} of ${of} (0 to ${of - 1})`;
  const left = others === 1 ? "1 is" : `${others} are`;
  if (own.length === 0) return `${which} has none of the ${all} files: there is nothing to do. All ${all} are others'.`;
  const names = own.slice(0, NAMED_FILES).map(({ name }) => basename(name)).join(", ");
  const more = own.length > NAMED_FILES ? ` and ${own.length - NAMED_FILES} more` : "";
  return `${which} has ${own.length} of ${all} ${all === 1 ? "file" : "files"}: ${names}${more}. ` +
    (others === 0 ? "None is another shard's." : `${left} other shards'.`);
}
