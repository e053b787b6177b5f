/**
 * What this process knows of a topic's partitions: one past the last acknowledged offset, and which records may have
 * been written although no answer said so. It outlives the producer's incarnations, so that the next one knows from
 * where to read.
 *
 * @module
 */
import { idKey, recordKey, type SentRecord } from "./sent_record.ts";

/** A record that was found by reading. */
export interface FoundRecord extends SentRecord {
  readonly partition: number;
  readonly schemaId: number;
  readonly offset: bigint;
}

/** Makes the records of a send, which are needed only if its outcome is in doubt. */
export type SentRecords = () => readonly SentRecord[];

/** A send whose outcome is in doubt. */
interface DoubtfulSend {
  readonly records: SentRecords;
  /** False once no row of it will come again. */
  readonly wanted: () => boolean;
}

interface Unclaimed {
  readonly record: FoundRecord;
  readonly wanted: () => boolean;
}

/** Found records that are kept although their rows will not come again by themselves: a caller may try one again. */
const MAX_UNWANTED = 10_000;

export class TopicLedger {
  /** Id of the topic as it was opened first; null where the client cannot tell, undefined before. */
  topicId: string | null | undefined = undefined;
  /** Resolves when the client of the incarnation before is closed, so that two never write at the same time. */
  closing: Promise<void> = Promise.resolve();
  /** How many partitions the records are spread over; 0 before the first. */
  partitions = 0;
  readonly #next = new Map<number, bigint>();
  /** The sends since the last known outcome, by partition. */
  readonly #doubtful = new Map<number, DoubtfulSend[]>();
  /** The records of doubtful sends by their keys, made when a partition is read. */
  readonly #sought = new Map<number, ReadonlyMap<string, DoubtfulSend["wanted"]>>();
  /** Records found and not claimed yet, by message id: a key belongs to another partition once the topic has grown. */
  readonly #unclaimed = new Map<string, Unclaimed[]>();

  /** One past the last acknowledged offset; undefined for a partition that was never opened. */
  next(partition: number): bigint | undefined {
    return this.#next.get(partition);
  }

  /** The end offset found before the first send. Does nothing for a partition that is known. */
  open(partition: number, end: bigint): void {
    if (!this.#next.has(partition)) this.#next.set(partition, end);
  }

  /** From now until {@link settled} these records may be in the log or not. */
  sendStarted(partition: number, records: SentRecords, wanted: () => boolean = () => true): void {
    this.#sought.delete(partition);
    const sends = this.#doubtful.get(partition);
    if (sends === undefined) this.#doubtful.set(partition, [{ records, wanted }]);
    else sends.push({ records, wanted });
  }

  /** Everything before this offset is known. */
  settled(partition: number, next: bigint): void {
    this.#next.set(partition, next);
    this.#doubtful.delete(partition);
    this.#sought.delete(partition);
  }

  /** Whether it is one of the doubtful sends: what other programs write meanwhile, however much, need not be kept. */
  isSought(partition: number, record: SentRecord): boolean {
    return this.#soughtIn(partition).has(recordKey(record));
  }

  /**
   * Records that were found by reading: everything before `end` is known. Those of the doubtful sends wait here to be
   * claimed, because the rows they belong to may still be on their way back from the source; others were written by
   * other programs.
   */
  found(partition: number, records: readonly FoundRecord[], end: bigint): void {
    const own = this.#soughtIn(partition);
    for (const record of records) {
      const wanted = own.get(recordKey(record));
      if (wanted === undefined) continue;
      const id = idKey(record.messageId);
      const alike = this.#unclaimed.get(id);
      if (alike === undefined) this.#unclaimed.set(id, [{ record, wanted }]);
      else alike.push({ record, wanted });
    }
    this.settled(partition, end);
    this.#forgetUnwanted();
  }

  /**
   * A record that is in the log already; each is claimed once.
   *
   * @param isIt whether one of this message id is the one that is meant
   */
  claim(messageId: string, isIt: (record: FoundRecord) => boolean): FoundRecord | undefined {
    const id = idKey(messageId);
    const alike = this.#unclaimed.get(id);
    if (alike === undefined) return undefined;
    const at = alike.findIndex(({ record }) => isIt(record));
    const [claimed] = at < 0 ? [] : alike.splice(at, 1);
    if (alike.length === 0) this.#unclaimed.delete(id);
    return claimed?.record;
  }

  /** Whether there are records found and not claimed yet. */
  get hasUnclaimed(): boolean {
    return this.#unclaimed.size > 0;
  }

  /** Number of records found and not claimed yet. */
  get unclaimed(): number {
    let sum = 0;
    for (const alike of this.#unclaimed.values()) sum += alike.length;
    return sum;
  }

  /** Partitions with a send whose outcome is not known. */
  get unsettled(): readonly number[] {
    return [...this.#doubtful.keys()].sort((a, b) => a - b);
  }

  /** Forgets the partitions, because the topic is another one than it was. */
  forget(): void {
    this.topicId = undefined;
    this.#next.clear();
    this.#doubtful.clear();
    this.#sought.clear();
    this.#unclaimed.clear();
  }

  #soughtIn(partition: number): ReadonlyMap<string, DoubtfulSend["wanted"]> {
    const known = this.#sought.get(partition);
    if (known !== undefined) return known;
    const sought = new Map<string, DoubtfulSend["wanted"]>();
    for (const { records, wanted } of this.#doubtful.get(partition) ?? []) {
      for (const record of records()) sought.set(recordKey(record), wanted);
    }
    this.#sought.set(partition, sought);
    return sought;
  }

  /** The oldest first: the calls that were given up over the years must not fill the memory. */
  #forgetUnwanted(): void {
    if (this.unclaimed <= MAX_UNWANTED) return;
    const unwanted = [...this.#unclaimed.values()].flat().filter(({ wanted }) => !wanted());
    const forgotten = new Set(unwanted.slice(0, -MAX_UNWANTED));
    for (const [id, alike] of this.#unclaimed) {
      const kept = alike.filter((each) => !forgotten.has(each));
      if (kept.length === 0) this.#unclaimed.delete(id);
      else this.#unclaimed.set(id, kept);
    }
  }
}
