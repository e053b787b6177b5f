/**
 * What the sources of one run share for their checkpoints, and the checkpoint of each.
 *
 * @module
 */
import type { DeliveryWindow } from "../../actors/delivery/delivery_window.ts";
import { SourceCheckpoint } from "../../actors/sources/source_checkpoint.ts";
import type { Partitioner } from "../../config/settings.ts";
import type { FileStamp } from "../../records/content/file_stamp.ts";
import type { RowSource } from "../../sources/source.ts";
import type { CheckpointKey, StoredCheckpoint } from "../../state/checkpoint.ts";
import type { CheckpointStore } from "../../state/checkpoints.ts";
import { namedSourceOf } from "../../state/replaced_source.ts";
import type { Observer } from "../../telemetry/events.ts";
import { ORIGIN_BYTES } from "../../transport/source_header.ts";
import { findStartPoint, type Overlap, type StartMode } from "./find_start_point.ts";
import type { MovedRows } from "./indexed_rows.ts";
import { KnownCheckpoints } from "./known_checkpoint.ts";
import type { LiveTopics } from "./live_topics.ts";
import type { KnownOrigin } from "./origin_owners.ts";
import { PlacesInRun } from "./places_in_run.ts";
import { TopicIndex } from "./rows_in_topics.ts";
import { UnknownLoads } from "./unknown_loads.ts";
import type { IdIndex } from "./id_index.ts";
import { WrittenSince } from "./written_since.ts";

/** What sources need in order to resume after the process has ended. */
export interface CheckpointPorts {
  /** Of the data folder whose lock this process has. */
  readonly store: CheckpointStore;
  /** Makes the index of what the topics have, when it is needed. */
  readonly openIndex: () => IdIndex;
  /** The files of the run, if they are known before they begin. */
  readonly files?: readonly RowSource[];
  /** Names a load in its records: 16 hexadecimal digits. @default random ones */
  readonly newOrigin?: () => string;
}

/** Options of {@link CheckpointsOfRun}. */
export interface CheckpointsOfRunOptions {
  readonly ports: CheckpointPorts;
  readonly topics: LiveTopics;
  /** Maximum number of rows of a source that are sent past its checkpoint. */
  readonly checkpointRows: number;
  /** How many partitions the records of a topic are spread over by now. */
  readonly partitionsOf: (topic: string) => number;
  /** Which partition a key belongs to. */
  readonly partitioner: Partitioner;
  readonly observe: Observer;
}

export class CheckpointsOfRun {
  readonly #options: CheckpointsOfRunOptions;
  readonly #index: TopicIndex;
  readonly #known: KnownCheckpoints;
  readonly #since: WrittenSince;
  readonly #places: PlacesInRun;
  readonly #unknown: UnknownLoads;

  constructor(options: CheckpointsOfRunOptions) {
    this.#options = options;
    const { topics: reader, ports, observe } = options;
    const files = { known: () => originsIn(ports.store), files: () => ports.files ?? [] };
    this.#known = new KnownCheckpoints({ store: ports.store, files: ports.files ?? [], observe });
    this.#since = new WrittenSince({ reader, ends: () => this.#known.ends });
    this.#index = new TopicIndex({ reader, open: () => ports.openIndex(), ...files });
    this.#places = new PlacesInRun(files);
    this.#unknown = new UnknownLoads({ reader, known: files.known, observe });
  }

  /** As {@link KnownCheckpoints.putAside}. */
  putAside(key: CheckpointKey, how: "renamed" | "truncated"): Promise<StoredCheckpoint | null> {
    return this.#known.putAside(key, how);
  }

  /** As {@link KnownCheckpoints.leave}. */
  leave(key: CheckpointKey): Promise<void> {
    return this.#known.leave(key);
  }

  /** As {@link KnownCheckpoints.noteCopy}. */
  async noteCopy(
    { id: source, file }: Pick<RowSource, "id" | "file">,
    { of, stamp }: { readonly of: StoredCheckpoint; readonly stamp: FileStamp },
  ): Promise<void> {
    const origin = (this.#options.ports.newOrigin ?? randomOrigin)();
    if (file) await this.#known.noteCopy({ of, source, file: { path: file.path, stamp }, origin });
  }

  /** Null for a source that a later run cannot know again. */
  of(
    source: RowSource,
    { window, mode, overlap, moved }: {
      readonly window: DeliveryWindow;
      readonly mode: StartMode;
      readonly overlap: Overlap;
      readonly moved: MovedRows;
    },
  ): SourceCheckpoint | null {
    const { file } = source;
    if (!file) return null;
    const { ports: { store, newOrigin = randomOrigin }, checkpointRows, partitionsOf, ...run } = this.#options;
    const shared = { source, checkpointRows };
    const index = this.#index, known = this.#known, since = this.#since, places = this.#places, unknown = this.#unknown;
    const ofRun = { store, known, index, since, places, unknown, newOrigin };
    return new SourceCheckpoint({
      ...shared,
      window,
      partitionsOf,
      openLetters: (versions) => store.openLetters({ source: source.id, versions }),
      doubt: (versions) => store.doubt({ source: source.id, versions }),
      start: (wanted) => findStartPoint({ ...shared, ...run, ...ofRun, ...wanted, file, mode, overlap, moved }),
    });
  }
}

/** Names a load in its records. */
function randomOrigin(): string {
  return crypto.getRandomValues(new Uint8Array(ORIGIN_BYTES)).toHex();
}

/** What was put aside under another name is known by the name that its file had. */
export function* originsIn(store: CheckpointStore): Iterable<KnownOrigin> {
  for (const entry of store.list()) {
    if (!entry.ok) continue;
    const { origin, formerOrigins = [], source, file, position: { at: { content } } } = entry.checkpoint;
    if (file === null) continue;
    const about = { source: namedSourceOf(source), file, position: { at: { content } } };
    if (origin !== null) yield { origin, isFormer: false, ...about };
    for (const former of formerOrigins) yield { origin: former, isFormer: true, ...about };
  }
}
