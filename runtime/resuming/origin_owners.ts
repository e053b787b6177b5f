/**
 * Which file the records of an origin are of. A file that was loaded may have another name or inode by now, and another file
 * its own; so what the records of the origin hold is compared, row by row, with what the files hold.
 *
 * @module
 */
import { type FileStamp, stampOf } from "../../records/content/file_stamp.ts";
import { RecordDigest } from "../../records/record_digest.ts";
import type { RecordKind, SchemaVersion } from "../../schemas/record_types.ts";
import { type RowSource, SourceError } from "../../sources/source.ts";
import type { CheckpointFile } from "../../state/checkpoint.ts";
import { namedSourceOf } from "../../state/replaced_source.ts";
import { fileOf, memberOf } from "../../storage/archive_path.ts";
import { isInPlace, type ReadContent } from "./content_place.ts";
import type { LiveTopic } from "./live_topics.ts";
import { forEachRow } from "./source_rows.ts";
import type { IdIndex } from "./id_index.ts";

/** Where a load has read what it has written, as its checkpoint says. */
export interface KnownOrigin extends ReadContent {
  readonly origin: string;
  /** The file was changed, and loaded again, since. */
  readonly isFormer: boolean;
  /** Id of the source that has the name. */
  readonly source: string;
  readonly file: CheckpointFile;
}

/** Options of {@link OriginOwners}. */
export interface OriginOwnersOptions {
  readonly known: () => Iterable<KnownOrigin>;
  /** The files of the run, begun or not. */
  readonly files: () => readonly RowSource[];
}

/** Topics that were read. */
export interface TopicsOfRun {
  readonly index: IdIndex;
  readonly topics: readonly LiveTopic[];
  readonly signal: AbortSignal;
}

/** The files that have rows under the very numbers and with the content of an origin's records. */
interface Claims {
  /** All records of it are their rows. */
  readonly whole: RowSource[];
  /** The one that has most of them. */
  most: { readonly source: RowSource; readonly rows: number };
  /** How many records the origin has, in all topics. */
  readonly records: number;
}

/**
 * Finds the owners in one go for all files of a run, before any row takes a record: a file that comes later may have the
 * better claim. By rank:
 *
 * 1. a file that all of the origin's records agree with: the one that its checkpoint names, if it is one of these;
 * 2. a file outside this run that still has what the load has read;
 * 3. record by record, the file that agrees with most of them;
 * 4. what no file's rows agree with is kept for the file that the checkpoint names, which may have been changed since.
 */
export class OriginOwners {
  readonly #options: OriginOwnersOptions;
  /** By source and topics, the origin that is its own, or null: each source is read once. */
  readonly #found = new Map<string, string | null>();
  /** By source and topics, the origins that have written rows as it has them. */
  readonly #agreeing = new Map<string, ReadonlySet<string>>();
  /** Origins that a file has as a whole. */
  readonly #owned = new Set<string>();

  constructor(options: OriginOwnersOptions) {
    this.#options = options;
  }

  /** The origin under which the topics have a source, row by row; null if there is none. @throws {SourceError} */
  async originOf(source: RowSource, run: TopicsOfRun): Promise<string | null> {
    const known = this.#found.get(keyOf(source, run));
    if (known !== undefined) return known;
    const claims = new Map<string, Claims>();
    for (const file of this.#options.files()) {
      if (file.kind !== source.kind || file.id === source.id || this.#found.has(keyOf(file, run))) continue;
      // A file that cannot be read reports it when it is its turn.
      await this.#claim(file, claims, run).catch((cause) => {
        if (!(cause instanceof SourceError)) throw cause;
      });
    }
    await this.#claim(source, claims, run);
    await this.#assign(claims, run);
    return this.#found.get(keyOf(source, run)) ?? null;
  }

  /** Whether an origin has written some rows as a source has them, and no file that is known has all of them. */
  isPart(source: RowSource, origin: string, topics: readonly LiveTopic[]): boolean {
    return !this.#owned.has(origin) && (this.#agreeing.get(keyOf(source, { topics }))?.has(origin) ?? false);
  }

  /** The file of the run whose load an origin is, as far as {@link originOf} has found out; null if there is none. */
  ownerOf(origin: string, topics: readonly LiveTopic[]): RowSource | null {
    return this.#options.files().find((file) => this.#found.get(keyOf(file, { topics })) === origin) ?? null;
  }

  /** Notes what a file may have written, and in compacted topics which of its rows the latest records of their keys are. */
  async #claim(source: RowSource, claims: Map<string, Claims>, { topics, index, signal }: TopicsOfRun): Promise<void> {
    const matches = new Map<string, number[]>();
    const digests = recordDigests(source.kind);
    index.latest.notePlace(source.id, this.#placeOf(source));
    await forEachRow(source, { signal }, ({ row, messageId, key, record: recordOf }) => {
      const record = recordOf();
      if (messageId === null || record === null) return;
      topics.forEach(({ name, target: { version }, compacted }, at) => {
        const digest = digests[version].ofWritable(record);
        if (digest !== null) index.want({ topic: name, messageId, version, digest, file: source.id });
        for (const origin of digest === null ? [] : index.originsOf(name, { messageId, version, digest }, row)) {
          const counts = matches.get(origin) ?? topics.map(() => 0);
          counts[at] = (counts[at] ?? 0) + 1;
          matches.set(origin, counts);
        }
        if (!compacted) return;
        const digestOf = (version: SchemaVersion) => digests[version].ofWritable(record);
        index.latest.noteRow({ topic: name, key, messageId, row, file: source.id, digestOf });
      });
    });
    index.flush();
    for (const [origin, counts] of matches) {
      const records = topics.map(({ name, target: { version } }) => index.rowsOf(name, { version, origin }));
      const rows = sumOf(counts);
      const claim = claims.get(origin) ?? { whole: [], most: { source, rows }, records: sumOf(records) };
      claims.set(origin, claim);
      if (rows > claim.most.rows) claim.most = { source, rows };
      if (records.every((count, at) => count === counts[at])) claim.whole.push(source);
    }
    this.#found.set(keyOf(source, { topics }), null);
    this.#agreeing.set(keyOf(source, { topics }), new Set(matches.keys()));
  }

  /** Its place among the files of the run, whose order says which of two rows is the newer one. */
  #placeOf({ id }: RowSource): number {
    const files = this.#options.files();
    const place = files.findIndex((file) => file.id === id);
    return place < 0 ? files.length : place;
  }

  async #assign(claims: ReadonlyMap<string, Claims>, run: TopicsOfRun): Promise<void> {
    const known = Map.groupBy(this.#options.known(), ({ origin }) => origin);
    const inodes = new Map<string | null, string>();
    for (const source of this.#options.files()) inodes.set(inodeOf(stampNow(source)), source.id);
    inodes.delete(null);
    // The longest content first: what has little of it may be of many files.
    const open = [...claims].filter(([origin]) => !this.#owned.has(origin))
      .sort(([, one], [, other]) => other.records - one.records);
    for (const [origin, { whole }] of open) {
      const named = whole.find(({ id }) =>
        known.get(origin)?.some((one) => inodes.get(inodeOf(one.file.stamp)) === id)
      ) ??
        whole.find(({ id }) => known.get(origin)?.some((one) => one.source === id));
      if (named !== undefined) this.#own(origin, named, run);
    }
    const parts = new Map<RowSource, Set<string>>();
    for (const [origin, { whole, most }] of open) {
      if (this.#owned.has(origin)) continue;
      const elsewhere = await this.#ownerElsewhere(known.get(origin) ?? []);
      if (elsewhere !== null) {
        run.index.reserve(origin, elsewhere);
        this.#owned.add(origin);
        continue;
      }
      // One of several that has none yet: the others of this content were not loaded.
      const other = this.#isOfOther(known.get(origin) ?? [], whole) ? undefined : whole[0];
      const owner = whole.find((source) => (this.#found.get(keyOf(source, run)) ?? null) === null) ?? other;
      if (owner !== undefined) this.#own(origin, owner, run);
      else if (whole.length === 0) parts.set(most.source, (parts.get(most.source) ?? new Set()).add(origin));
    }
    for (const [source, origins] of parts) await reserveAgreeing(source, origins, run);
    await this.#ownReplayed(known, run);
    for (const [origin, places] of known) {
      const owner = places.map(({ file }) => inodes.get(inodeOf(file.stamp))).find((id) => id !== undefined) ??
        places.find(({ file }) => isThere(file.path))?.source;
      if (owner === undefined) continue;
      // A file of the run was asked which of these are its rows; so was one whose older text it is.
      const now = namedSourceOf(owner);
      if (this.#options.files().some(({ id }) => id === now)) run.index.reserveRest(origin, { owner, file: now });
      else run.index.reserve(origin, owner);
    }
    run.index.flush();
  }

  /** A load that has refused every row: what replays have written of it is that of the file that still has what it has read. */
  async #ownReplayed(known: ReadonlyMap<string, readonly KnownOrigin[]>, run: TopicsOfRun): Promise<void> {
    for (const [origin, places] of known) {
      if (this.#owned.has(origin)) continue;
      if (run.topics.some(({ name, target: { version } }) => run.index.rowsOf(name, { version, origin }) > 0)) continue;
      for (const place of places) {
        const source = this.#options.files().find(({ id }) => id === place.source);
        if (source === undefined || this.#found.get(keyOf(source, run)) !== null) continue;
        if (!place.isFormer && await isInPlace(place)) this.#own(origin, source, run);
      }
    }
  }

  #own(origin: string, source: RowSource, run: TopicsOfRun): void {
    run.index.reserve(origin, source.id);
    this.#owned.add(origin);
    const key = keyOf(source, run);
    if ((this.#found.get(key) ?? null) === null) this.#found.set(key, origin);
  }

  /** Whether what was loaded has the name of another file of the run by now, which has a load of its own. */
  #isOfOther(places: readonly KnownOrigin[], whole: readonly RowSource[]): boolean {
    const names = new Set(places.map(({ source }) => namedSourceOf(source)));
    return this.#options.files().some(({ id }) => names.has(id) && !whole.some((source) => source.id === id));
  }

  /** The source of a file outside this run that still has what was read. */
  async #ownerElsewhere(places: readonly KnownOrigin[]): Promise<string | null> {
    const files = new Set(this.#options.files().map(({ id }) => id));
    for (const place of places) {
      if (!files.has(place.source) && await isInPlace(place)) return place.source;
    }
    return null;
  }
}

/** For each version, what tells the content of records. */
export function recordDigests(kind: RecordKind): Readonly<Record<SchemaVersion, RecordDigest>> {
  return { v1: new RecordDigest(kind, "v1"), v2: new RecordDigest(kind, "v2") };
}

/** Reserves, of what origins have written, the records that are a file's rows of the same numbers. */
async function reserveAgreeing(
  source: RowSource,
  origins: ReadonlySet<string>,
  { topics, index, signal }: TopicsOfRun,
): Promise<void> {
  const digests = recordDigests(source.kind);
  await forEachRow(source, { signal }, ({ row, messageId, record: recordOf }) => {
    const record = recordOf();
    if (messageId === null || record === null) return;
    for (const { name, target: { version } } of topics) {
      const digest = digests[version].ofWritable(record);
      if (digest === null) continue;
      for (const origin of index.originsOf(name, { messageId, version, digest }, row)) {
        if (origins.has(origin)) index.reserveRow({ topic: name, version, source: { origin, row }, file: source.id });
      }
    }
  });
}

function keyOf(source: RowSource, { topics }: Pick<TopicsOfRun, "topics">): string {
  return [source.id, ...topics.map(({ name }) => name)].join("\n");
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** One text for each file that there is, and for each member of it; null where the system does not tell. */
function inodeOf(stamp: FileStamp | null): string | null {
  if (stamp === null || stamp.inode === null) return null;
  return `${stamp.device}/${stamp.inode}/${stamp.bornAt ?? ""}/${stamp.member ?? ""}`;
}

function stampNow({ file }: RowSource): FileStamp | null {
  if (!file) return null;
  try {
    return stampOf(Deno.statSync(fileOf(file.path)), 0, memberOf(file.path));
  } catch {
    // The file reports it when it is its turn.
    return null;
  }
}

/** One that cannot be looked at may be there. */
function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}
