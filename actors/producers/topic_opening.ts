/**
 * Makes a topic ready to be written: creates it if it may, and notes the end offsets before the first send.
 *
 * @module
 */
import { compactionProblem, compactionSteps, isCompacted } from "../../config/compacted_topics.ts";
import type { Observer } from "../../telemetry/events.ts";
import { needsHelp } from "../needs_help.ts";
import { type Log, LogError, type LogErrorCode, type TopicDescription, type TopicSpec } from "../../transport/log.ts";
import type { TopicLedger } from "./topic_ledger.ts";

/** With the waits of the runtime, some twenty seconds. */
const UNKNOWN_TOPIC_ATTEMPTS = 9;

/** As {@link needsHelp}; a topic that was there may be out of sight for a while after a broker has started, not for long. */
export function isHopeless(code: LogErrorCode, attempt: number): boolean {
  return needsHelp(code) || (code === "unknown_topic" && attempt >= UNKNOWN_TOPIC_ATTEMPTS);
}

/** How a topic is made and checked. */
export interface TopicPolicy {
  readonly name: string;
  /** How to make it; null: it must be there. */
  readonly create: TopicSpec | null;
  /** Every record must stay: a compacted topic is refused. */
  readonly mustKeepAll: boolean;
  /** Warn if a lost broker could lose acknowledged records. Off for the embedded log. */
  readonly warnOfReplication: boolean;
}

/** Options of {@link openTopic}. */
export interface TopicOpeningOptions {
  readonly log: Log;
  readonly ledger: TopicLedger;
  readonly observe: Observer;
}

/**
 * The topic as it is, ready to be written.
 *
 * @throws {LogError} As {@link makeTopic}.
 */
export async function openTopic(policy: TopicPolicy, options: TopicOpeningOptions): Promise<TopicDescription> {
  const { log, ledger, observe } = options;
  const description = await makeTopic(policy, options);
  const { name: topic, partitions } = description;
  for (const { partition, end } of await log.admin.offsets(topic)) ledger.open(partition, end);
  observe({ type: "topic_opened", stage: "sending", topic, partitions });
  if (policy.warnOfReplication) warn(description, observe);
  return description;
}

/**
 * The topic as it is; made if it is not there and may be.
 *
 * @throws {LogError} `invalid_request` if the topic may not be made, or is not the one that was written to before;
 * `unknown_topic` if that one cannot be seen; `compacted_topic`.
 */
export async function makeTopic(
  policy: TopicPolicy,
  { log, ledger, observe }: TopicOpeningOptions,
): Promise<TopicDescription> {
  const known = await log.admin.describeTopic(policy.name);
  if (ledger.topicId !== undefined) requireSame(policy.name, { known, ledger });
  const { description, created } = known === null ? await create(policy, log) : { description: known, created: false };
  const { name: topic, partitions, config } = description;
  if (policy.mustKeepAll && isCompacted(config)) {
    throw new LogError("compacted_topic", `${compactionProblem(topic, config)}. ${compactionSteps(topic)}`);
  }
  ledger.topicId = description.id;
  if (created) observe({ type: "topic_created", stage: "sending", topic, partitions });
  return description;
}

/** What was acknowledged is gone with a topic that was deleted: it must not be made again as if nothing had happened. */
function requireSame(
  topic: string,
  { known, ledger }: { readonly known: TopicDescription | null; readonly ledger: TopicLedger },
): void {
  if (known === null) {
    throw new LogError("unknown_topic", `Topic "${topic}" was written to and is not there: was it deleted?`);
  }
  if (known.id === null || ledger.topicId === null || known.id === ledger.topicId) return;
  ledger.forget();
  throw new LogError(
    "invalid_request",
    `Topic "${topic}" was deleted and made again while it was written to: what it held is gone, and has to be written again`,
  );
}

async function create(
  policy: TopicPolicy,
  log: Log,
): Promise<{ readonly description: TopicDescription; readonly created: boolean }> {
  if (policy.create === null) {
    throw new LogError(
      "invalid_request",
      `Topic "${policy.name}" does not exist and topics.create is false: create it, or allow its creation`,
    );
  }
  let created = true;
  try {
    await log.admin.createTopic(policy.create);
  } catch (error) {
    // Another program was faster: its topic is then checked like any other.
    if (!(error instanceof LogError && error.code === "topic_exists")) throw error;
    created = false;
  }
  const description = await log.admin.describeTopic(policy.name);
  if (description === null) throw new LogError("leader_changed", `Topic "${policy.name}" is not visible yet`);
  return { description, created };
}

function warn({ name: topic, replicationFactor, config }: TopicDescription, observe: Observer): void {
  const inSync = Number(config["min.insync.replicas"] ?? "1");
  if (replicationFactor >= 3 && inSync >= 2) return;
  const warning = `replication factor ${replicationFactor}, min.insync.replicas ${inSync}: ` +
    "a lost broker can lose acknowledged records (3 and 2 keep them)";
  observe({ type: "topic_at_risk", stage: "sending", topic, warning });
}
