/**
 * The marks that records of a replay may be in a topic whose letters are still there, or there again: the next replay reads the
 * topic before it writes.
 *
 * @module
 */
import { z } from "zod";
import type { SchemaVersion } from "../schemas/record_types.ts";
import type { StateDatabase } from "./database.ts";
import { Marks, offsetsSchema } from "./marks.ts";

/** A topic as one version is written to it. */
export interface ReplayTopic {
  readonly topic: string;
  readonly version: SchemaVersion;
}

/** What is marked. */
export interface ReplayMark {
  /** By partition, from where on the topic is to be read; its start where there is none. */
  readonly next: readonly bigint[];
  /** Letters were opened again whose rows may have been replayed under other numbers. */
  readonly reopened: boolean;
}

const schema = z.strictObject({ next: offsetsSchema, reopened: z.boolean() });

export class ReplayMarks {
  readonly #marks: Marks<ReplayMark>;

  /** @throws {StorageError} */
  constructor(database: StateDatabase) {
    this.#marks = new Marks(database, { kind: "replay", schema });
  }

  /**
   * Null if nothing is marked. Of a damaged mark only that there is one is known: the topic is read from its start.
   *
   * @throws {StorageError}
   */
  get(topic: ReplayTopic): ReplayMark | null {
    return this.#get(nameOf(topic));
  }

  /** @throws {StorageError} */
  set(topic: ReplayTopic, mark: ReplayMark): void {
    this.#marks.put(nameOf(topic), mark);
  }

  /** Every row that was sent has settled, and no letter of one that was acknowledged is left. @throws {StorageError} */
  clear(topic: ReplayTopic): void {
    this.#marks.remove(nameOf(topic));
  }

  /** Commits were lost since they were reported as done: letters may be there again. @throws {StorageError} */
  doubtAll(): void {
    for (const name of this.#marks.names()) {
      this.#marks.put(name, { next: this.#get(name)?.next ?? [], reopened: true });
    }
  }

  #get(name: string): ReplayMark | null {
    const mark = this.#marks.get(name);
    return mark === "damaged" ? { next: [], reopened: false } : mark;
  }
}

/** No topic has a space in its name. */
function nameOf({ topic, version }: ReplayTopic): string {
  return `${topic} ${version}`;
}
