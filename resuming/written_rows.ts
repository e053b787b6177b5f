/**
 * The rows that topics were found to have, in memory or on disk.
 *
 * @module
 */
import type { Target } from "../actors/messages.ts";
import type { WrittenRow, WrittenRows } from "../actors/written_rows.ts";
import type { StoredIdentity } from "../records/stored_identity.ts";

/** An index of message ids by topic; `WrittenIds` in state/ is one. */
export interface IdIndex {
  add(topic: string, identity: StoredIdentity): void;
  /** To be called after the last {@link add}. */
  flush(): void;
  has(topic: string, identity: StoredIdentity): boolean;
}

/** Few enough to be kept in memory: what a killed run had sent past its checkpoint. */
export class RowsPastCheckpoint implements WrittenRows {
  readonly lastRow: number;
  readonly #places = new Map<string, WrittenRow>();
  readonly #rows = new Set<string>();

  constructor(lastRow: number) {
    this.lastRow = lastRow;
  }

  /** Rows, of however many topics. */
  get size(): number {
    return this.#rows.size;
  }

  add(
    topic: string,
    identity: StoredIdentity,
    place: { readonly partition: number; readonly offset: bigint },
  ): void {
    this.#places.set(placeKey(topic, identity), { before: false, place });
    this.#rows.add(identity.messageId);
  }

  find({ topic, version }: Target, messageId: string): WrittenRow | null {
    return this.#places.get(placeKey(topic, { version, messageId })) ?? null;
  }
}

function placeKey(topic: string, { version, messageId }: StoredIdentity): string {
  return `${messageId} ${version} ${topic}`;
}

/** Too many for memory: whatever the topics had, by an index on disk. */
export class IndexedRows implements WrittenRows {
  readonly lastRow = Infinity;
  readonly #index: IdIndex;

  constructor(index: IdIndex) {
    this.#index = index;
  }

  find({ topic, version }: Target, messageId: string): WrittenRow | null {
    return this.#index.has(topic, { messageId, version }) ? IN_INDEX : null;
  }
}

const IN_INDEX: WrittenRow = { before: true, place: null };
