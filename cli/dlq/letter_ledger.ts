/**
 * Keeps track of letters during a replay: removes a delivered letter, and stores the new reason of one that is refused
 * again.
 *
 * @module
 */
import type { DeadLetterSink } from "../../actors/stores/dead_letters.ts";
import type { RowAcknowledged } from "../../actors/delivery/pending_batch.ts";
import { type VersionFlag, versionsUnder } from "../../config/version_flag.ts";
import type { SchemaVersion } from "../../schemas/record_types.ts";
import type { RowPlace, SourceRow } from "../../sources/source.ts";
import type { StateDatabase } from "../../state/database.ts";
import type { DeadLetter, DeadLetterStore, StoredDeadLetter } from "../../state/dead_letters.ts";
import type { ReplayTopic } from "../../state/replay_mark.ts";
import { isFor, type LetterOrigin, type ReplayVersions, sameBytes } from "./replay_rows.ts";

const PREFIX = "replay:";

/** The id of the source that replays the letters of another source: what is stored about that source must not apply to it. */
export function replayIdOf({ source }: LetterOrigin): string {
  return `${PREFIX}${source}`;
}

/** Options of a {@link LetterLedger}. */
export interface LetterLedgerOptions {
  readonly database: StateDatabase;
  readonly store: DeadLetterStore;
  /** The versions that are written. */
  readonly versions: ReplayVersions;
  /** The topics that the replay writes to. */
  readonly topics: readonly ReplayTopic[];
  /** The topics that loads under a version flag write to. */
  readonly topicsUnder: (flag: VersionFlag) => readonly ReplayTopic[];
  /** Called once, when letters could not be removed: send nothing more then. */
  readonly onFailure: (cause: unknown) => void;
}

/** A row that every target has. */
export interface DeliveredRow extends LetterOrigin, Pick<RowPlace, "row"> {
  readonly bytes: Uint8Array;
  readonly messageId: string;
}

/** The letters of one pass of a replay. */
export class LetterLedger implements DeadLetterSink {
  /** Letters that are delivered and removed. */
  replayed = 0;
  /** Letters of other version flags whose rows were written for them too. */
  settledBeside = 0;
  /** Letters that were refused again. */
  stillRefused = 0;
  /** Rows that are delivered, but whose letters could not be removed. */
  unremoved = 0;
  readonly #options: LetterLedgerOptions;
  /** How many targets have a row, while not all of them do. */
  readonly #acknowledged = new WeakMap<SourceRow, number>();
  #delivered: DeliveredRow[] = [];
  #failed = false;

  constructor(options: LetterLedgerOptions) {
    this.#options = options;
  }

  /**
   * Notes that a target has a row. The letters go when all targets have it, together with those of the same
   * acknowledgement.
   */
  acknowledge({ source, dataType }: LetterOrigin, { batch, index, targets }: RowAcknowledged): void {
    const row = batch.rows[index];
    if (row?.ok !== true) return;
    const acknowledged = (this.#acknowledged.get(row) ?? 0) + 1;
    this.#acknowledged.set(row, acknowledged);
    if (acknowledged < targets) return;
    if (this.#delivered.length === 0) queueMicrotask(() => this.#removeDelivered());
    this.#delivered.push({ source, dataType, row: row.row, bytes: batch.raw(row), messageId: row.messageId });
  }

  /**
   * Handles a row that only some targets have: its letters are removed, or limited to the other versions. The same
   * happens to letters of loads under other version flags that lack the row in the same topics.
   *
   * @returns how many letters of this replay are settled.
   */
  settle(place: DeliveredRow, has: readonly SchemaVersion[]): number {
    const { database, store, versions, topics, topicsUnder } = this.#options;
    const there = topics.filter(({ version }) => has.includes(version));
    const isThere = ({ topic, version }: ReplayTopic) =>
      there.some((one) => one.topic === topic && one.version === version);
    return database.transaction(() => {
      let done = 0;
      for (const letter of this.#openLettersOf(place)) {
        const { id, schemaVersion, versions: flag } = letter;
        const isOwn = isFor(letter, versions);
        const wanted = schemaVersion !== null
          ? [schemaVersion]
          : isOwn || flag === null
          ? versions
          : versionsUnder(flag);
        const lacking = isOwn || flag === null ? topics : topicsUnder(flag);
        const missing = wanted.filter((version) => !lacking.some((one) => one.version === version && isThere(one)));
        if (missing.length === wanted.length) continue;
        store.remove([id]);
        store.add(missing.map((schemaVersion) => ({ ...letter, schemaVersion, messageId: place.messageId })));
        if (missing.length > 0) continue;
        if (isOwn) done += 1;
        else this.settledBeside += 1;
      }
      return done;
    });
  }

  /** Stores the new refusals in place of the letters that were read. */
  add(letters: readonly DeadLetter[]): void {
    const { database } = this.#options;
    let refused = 0, delivered = 0;
    database.transaction(() => {
      const rows = Map.groupBy(letters, ({ source, dataType, row }) => JSON.stringify([source, dataType, row]));
      for (const ofRow of rows.values()) {
        const settled = this.#settleRefused(ofRow);
        refused += settled.refused;
        delivered += settled.delivered;
      }
    });
    this.stillRefused += refused;
    this.replayed += delivered;
  }

  /** @param refusals Of one row: one for each version that refused it, or a single one if the row itself is bad. */
  #settleRefused(refusals: readonly DeadLetter[]): { readonly refused: number; readonly delivered: number } {
    const { store } = this.#options;
    const [first] = refusals;
    if (first === undefined) return { refused: 0, delivered: 0 };
    const source = originOf(first.source);
    const before = this.#lettersOf({ ...first, source });
    if (first.schemaVersion === null) {
      store.add(before.map((letter) => ({ ...first, ...loadOf(letter), schemaVersion: letter.schemaVersion })));
      return { refused: before.length, delivered: 0 };
    }
    const refusedBy = new Set(refusals.map(({ schemaVersion }) => schemaVersion));
    const delivered = before.filter(({ schemaVersion }) => schemaVersion !== null && !refusedBy.has(schemaVersion));
    // A row that was bad itself is now one that only these versions refuse.
    const replaced = before.filter(({ schemaVersion }) => schemaVersion === null);
    store.remove([...delivered, ...replaced].map(({ id }) => id));
    // They remain letters of their own loads.
    store.add(
      before.filter((letter) => !delivered.includes(letter)).flatMap((letter) =>
        refusals.filter(({ schemaVersion }) => letter.schemaVersion === null || schemaVersion === letter.schemaVersion)
          .map((refusal) => ({ ...refusal, ...loadOf(letter) }))
      ),
    );
    return { refused: before.length - delivered.length, delivered: delivered.length };
  }

  #removeDelivered(): void {
    const { database, versions, onFailure } = this.#options;
    const rows = this.#delivered;
    this.#delivered = [];
    try {
      this.replayed += database.transaction(() => {
        return rows.reduce((done, row) => done + this.settle(row, versions), 0);
      });
    } catch (cause) {
      this.unremoved += rows.length;
      if (!this.#failed) onFailure(cause);
      this.#failed = true;
    }
  }

  /** The letters of a row that was read. */
  #lettersOf(place: PlacedBytes): StoredDeadLetter[] {
    return this.#openLettersOf(place).filter((letter) => isFor(letter, this.#options.versions));
  }

  /** The open letters of a row, from loads under any version flag, also if its file had another name then. */
  #openLettersOf(place: PlacedBytes): StoredDeadLetter[] {
    const { store } = this.#options;
    const { source, dataType, row } = place;
    const isOpen = (letter: StoredDeadLetter) => letter.retired === null && letter.intact && sameBytes(letter, place);
    const letters = store.list({ source, dataType, row }).filter(isOpen);
    const elsewhere = store.listElsewhere(letters, {}).map(({ letter }) => letter);
    return [...letters, ...elsewhere.filter(isOpen)];
  }
}

/** The part of a letter that describes its load, which does not depend on the fate of its row. */
function loadOf({ source, file, versions, header, origin }: StoredDeadLetter) {
  return { source, file, versions, header, origin };
}

type PlacedBytes = Omit<DeliveredRow, "messageId">;

function originOf(replayId: string): string {
  return replayId.slice(PREFIX.length);
}
