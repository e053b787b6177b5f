/**
 * How far an export of dead letters to a topic has come. A mark in state.sqlite is on disk before the first send, and
 * moves past letters that are in the topic.
 *
 * @module
 */
import { z } from "zod";
import { TopicLedger } from "../../actors/producers/topic_ledger.ts";
import { openTopic, type TopicPolicy } from "../../actors/producers/topic_opening.ts";
import type { StateDatabase } from "../../state/database.ts";
import type { DeadLetterFilter } from "../../state/dead_letters.ts";
import { Marks, offsetsSchema } from "../../state/marks.ts";
import type { Observer } from "../../telemetry/events.ts";
import { DEFAULT_MAX_MESSAGE_BYTES } from "../../transport/batch_size.ts";
import type { Log } from "../../transport/log.ts";

/** Which letters an export writes, and to which topic. */
export interface ExportPlaceOptions {
  readonly database: StateDatabase;
  readonly log: Log;
  readonly topic: string;
  /** How to create the topic if it does not exist. */
  readonly create: { readonly allowed: boolean; readonly replicationFactor?: number | undefined };
  /** Each filter has its own place in each topic. */
  readonly filter: Pick<DeadLetterFilter, "rule" | "sourcePart" | "dataType">;
  /** @default none */
  readonly observe?: Observer;
}

/** Why an export begins with the first letter although there was an earlier export. */
export type RestartReason = "topic_changed" | "damaged";

const markSchema = z.strictObject({
  /** Marks each record of this export, so that its records can be told from all others. */
  exportId: z.string(),
  /** Id of the last letter that is in the topic; 0 if there is none. Letters that the filter leaves out count as passed. */
  last: z.int().min(0),
  /** The topic's id; null if the client cannot tell it. */
  topicId: z.string().nullable(),
  /** For each partition, one past the last record of this export that is known to be there. */
  next: offsetsSchema,
}).readonly();
type ExportMark = z.output<typeof markSchema>;

/** Where an export resumes. */
export class ExportPlace {
  readonly #save: (mark: ExportMark) => void;
  #mark: ExportMark;
  readonly policy: TopicPolicy;
  /** Every partition to which an earlier run has written is in doubt: that run may have been killed after a send. */
  readonly ledger: TopicLedger;
  /** Maximum bytes of a batch. */
  readonly maxBytes: number;
  readonly restarted: RestartReason | null;

  constructor(
    mark: ExportMark,
    save: (mark: ExportMark) => void,
    about: Pick<ExportPlace, "policy" | "ledger" | "maxBytes" | "restarted">,
  ) {
    this.#mark = mark;
    this.#save = save;
    this.policy = about.policy;
    this.ledger = about.ledger;
    this.maxBytes = about.maxBytes;
    this.restarted = about.restarted;
  }

  get exportId(): string {
    return this.#mark.exportId;
  }

  get last(): number {
    return this.#mark.last;
  }

  /** Notes on disk that all letters up to this one are in the topic. @throws {StorageError} */
  moveTo(last: number): void {
    this.#mark = { ...this.#mark, last, next: offsetsIn(this.ledger) };
    this.#save(this.#mark);
  }
}

/** More than the longest row with its headers takes. */
const TOPIC_MAX_MESSAGE_BYTES = 2 * 1024 * 1024;

/**
 * Finds the place where an export resumes. Creates the topic if it does not exist and may be created.
 *
 * @throws {LogError}
 * @throws {StorageError}
 */
export async function openPlace(options: ExportPlaceOptions): Promise<ExportPlace> {
  const { database, log, topic, filter, observe = () => {} } = options;
  const ledger = new TopicLedger();
  const policy = policyOf(options);
  const { id, partitions, config } = await openTopic(policy, {
    log,
    ledger,
    // The session reports on the topic when it opens it; this call only creates it.
    observe: (event) => event.type === "topic_created" && observe(event),
  });
  const { rule = null, sourcePart = null, dataType = null } = filter;
  const name = JSON.stringify([await log.admin.clusterId(), topic, rule, sourcePart, dataType]);
  const marks = new Marks(database, { kind: "export", schema: markSchema });
  const stored = marks.get(name);
  ledger.partitions = partitions;
  const next = offsetsIn(ledger);
  const isSame = stored !== null && stored !== "damaged" &&
    (stored.topicId === null || id === null || stored.topicId === id) &&
    stored.next.every((offset, partition) => offset <= (next[partition] ?? -1n));
  const mark = isSame ? stored : { exportId: crypto.randomUUID(), last: 0, topicId: id, next };
  if (isSame) {
    for (const partition of next.keys()) {
      // Reads partitions that were added since from their start.
      ledger.settled(partition, stored.next[partition] ?? 0n);
      ledger.sendStarted(partition, () => []);
    }
  } else marks.put(name, mark);
  return new ExportPlace(mark, (moved) => marks.put(name, moved), {
    policy,
    ledger,
    maxBytes: Number(config["max.message.bytes"] ?? DEFAULT_MAX_MESSAGE_BYTES),
    restarted: isSame || stored === null ? null : stored === "damaged" ? "damaged" : "topic_changed",
  });
}

/** By partition, one past the last record that is known to be in it. */
function offsetsIn(ledger: TopicLedger): bigint[] {
  return Array.from({ length: ledger.partitions }, (_, partition) => ledger.next(partition) ?? 0n);
}

function policyOf({ topic, create: { allowed, replicationFactor } }: ExportPlaceOptions): TopicPolicy {
  const spec = {
    name: topic,
    // One partition keeps the letters in the order of their ids.
    partitions: 1,
    ...(replicationFactor === undefined ? {} : { replicationFactor }),
    config: { "compression.type": "producer", "max.message.bytes": String(TOPIC_MAX_MESSAGE_BYTES) },
  };
  return { name: topic, create: allowed ? spec : null, mustKeepAll: false, warnOfReplication: false };
}
