/**
 * An event as a level and one sentence.
 *
 * @module
 */
import type { LogLevel } from "@logtape/logtape";
import type { RuntimeEvent } from "./events.ts";
import { heldBackText } from "./held_back_text.ts";

/** How loud an event is, and what a person reads. */
export interface EventText {
  readonly level: LogLevel;
  /** Where in the flow: the event's stage, or `actors`. */
  readonly area: string;
  readonly message: string;
}

/** From this many restarts in a row on, a restart is an error. */
const LOUD_RESTARTS = 3;

/** The level and the sentence of an event. It does not escape the event's texts: the output does. */
export function eventText(event: RuntimeEvent): EventText {
  const area = "stage" in event ? event.stage : "actors";
  const [level, message] = levelAndMessage(event);
  return { level, area, message };
}

function levelAndMessage(event: RuntimeEvent): readonly [LogLevel, string] {
  switch (event.type) {
    case "actor_started":
      return ["debug", `${event.path} started (incarnation ${event.incarnation})`];
    case "actor_ended":
      return ["debug", `${event.path} ended: ${event.reason}${because(event.cause)}`];
    case "restart_scheduled":
      return [
        event.inARow >= LOUD_RESTARTS ? "error" : "warning",
        `${event.path} failed and starts again in ${seconds(event.delayMs)}` +
        ` (restart ${event.inARow} in a row, ${event.budgetLeft} left` +
        `${event.waiting === 0 ? "" : `; ${event.waiting} messages wait`})${because(event.cause)}`,
      ];
    case "budget_exhausted":
      return event.significant
        ? ["fatal", `${event.path} gives up: ${event.cause.message}`]
        : ["error", `${event.child} is given up: ${event.cause.message}`];
    case "dead_letter":
      return ["warning", `a message to ${event.path} was not delivered: ${event.reason}`];
    case "observer_failed":
      return ["error", `an observer failed${because(event.cause)}`];
    case "server_awaited":
      return [
        repeatLevel(event.attempt),
        `${event.server} ${event.address}: no answer yet, after ${seconds(event.waitedMs)}` + because(event.cause),
      ];
    case "registry_embedded":
      return [
        "warning",
        "the registry is the embedded one, as configured: only programs with the data folder " +
        `${event.dataDir} can read what is written to the brokers`,
      ];
    case "registry_unavailable":
      return [
        repeatLevel(event.attempt),
        `registry ${event.registry} does not answer (attempt ${event.attempt}), next try in ${seconds(event.delayMs)}` +
        because(event.cause),
      ];
    case "registry_available":
      return ["info", `registry ${event.registry} answers`];
    case "schema_resolved":
      return ["debug", `schema ${event.version} of subject ${event.subject} has id ${event.id}`];
    case "schema_refused":
      return [
        "error",
        `registry refused schema ${event.version} for subject ${event.subject}` +
        `${event.path === null ? "" : ` at ${event.path}`}${because(event.cause)}`,
      ];
    case "topic_subject_kept":
      // `topic_doubted` tells what that means to consumers.
      return ["info", `subject ${event.subject} keeps ${event.held}, though topic ${event.topic} gets ${event.record}`];
    case "topic_unread":
      return [
        repeatLevel(event.attempt),
        `topic ${event.topic}: what it holds cannot be read (attempt ${event.attempt}), ` +
        `next try in ${seconds(event.delayMs)}` + because(event.cause),
      ];
    case "topic_refused":
      // The sources that want to write to it end with its cause.
      return ["debug", `topic ${event.topic} is refused, nothing is written to it${because(event.cause)}`];
    case "topic_doubted":
      return ["warning", event.warning];
    case "loads_unknown":
      return [
        "warning",
        `topic ${event.topic} holds records of loads that this data folder does not know. If these files were loaded ` +
        "with another data folder, stop and use that folder, or --only-missing, which reads what the topic has",
      ];
    case "topic_created":
      return ["info", `topic ${event.topic} created with ${count(event.partitions, "partition")}`];
    case "topic_opened":
      return ["debug", `topic ${event.topic} opened with ${count(event.partitions, "partition")}`];
    case "topic_unavailable":
      return [
        repeatLevel(event.attempt),
        `topic ${event.topic} cannot be reached (attempt ${event.attempt}), next try in ${seconds(event.delayMs)}` +
        because(event.cause),
      ];
    case "topic_parked":
      return ["error", `topic ${event.topic} is parked, nothing is written to it${because(event.cause)}`];
    case "topic_grown":
      return ["warning", `topic ${event.topic} grew from ${event.from} to ${count(event.to, "partition")}`];
    case "topic_at_risk":
      return ["warning", `topic ${event.topic}: ${event.warning}`];
    case "send_unknown":
      return [
        "warning",
        `topic ${event.topic}: the outcome of a send to partition ${event.partitions.join(", ")} is unknown,` +
        ` reading what the topic has${because(event.cause)}`,
      ];
    case "send_stalled":
      return [
        "warning",
        `topic ${event.topic}: ${
          count(event.partitions.length, "partition")
        } without an answer from the log for up to ${seconds(event.waitedMs)}, waiting`,
      ];
    case "replication_awaited":
      return ["warning", `topic ${event.topic}, ${replicationText(event)}`];
    case "send_resolved":
      return ["info", `topic ${event.topic}: ${event.found} found in the log, ${event.sentAgain} sent again`];
    case "producer_full":
      return [
        "warning",
        `${count(event.records, "record")} (about ${Math.ceil(event.bytes / 2 ** 20)} MiB) are pending, ` +
        "the producer takes no more until some of them have settled",
      ];
    case "rows_dead_lettered":
      return ["warning", `${event.source}: ${count(event.count, "row")} dead-lettered`];
    case "batch_returned":
      return [
        "warning",
        `${event.source}: a batch of ${count(event.rows, "row")} goes back to its source` +
        ` (attempt ${event.attempt})${because(event.cause)}`,
      ];
    case "version_changed":
      return ["info", `schema version is now ${event.version} (epoch ${event.epoch})`];
    case "source_resumed":
      return [
        "info",
        `${event.source}: resumes after row ${event.row}` +
        (event.found === 0 ? "" : `; of the rows after it ${event.found} are in the log already`),
      ];
    case "source_already_loaded":
      return [
        "info",
        event.deadLettered === 0
          ? `${event.source}: already loaded, ${count(event.rows, "row")}`
          : `${event.source}: already read: ${event.rows - event.deadLettered} written, ` +
            `${event.deadLettered} dead-lettered when they were read`,
      ];
    case "dead_letters_retired":
      return [
        "warning",
        `${event.source}: is loaded from its start; ${count(event.count, "open dead letter")} of the load before ` +
        `${event.count === 1 ? "is" : "are"} retired`,
      ];
    case "checkpoint_discarded":
      return ["warning", `${event.source}: is loaded from its start: ${event.reasons.join(" ")}`];
    case "checkpoint_doubted":
      return [
        "warning",
        `${event.source}: is read from its start, and rows that the topics do not have are written: ` +
        event.reasons.join(" "),
      ];
    case "checkpoint_noted":
      return ["info", `${event.source}: ${event.reasons.join(" ")}`];
    case "checkpoint_adopted":
      return [
        "info",
        event.from === event.source
          ? `${event.source}: resumes an earlier load of it, from before another file had its name`
          : `${event.source}: resumes the load of ${event.from}, which is this file under another name`,
      ];
    case "source_stalled":
      return [
        "warning",
        `${event.source}: ${count(event.unsettledRows, "row")} under way, none has settled for ` +
        seconds(event.waitedMs),
      ];
    case "source_waits":
      return [repeatLevel(event.attempt), `${event.source}: waits to be opened${because(event.cause)}`];
    case "followed_file_ended":
      return [
        "info",
        `${event.source}: ${
          event.how === "rotated" ? "another file has its name" : "it was removed"
        }; it was read to its end, ${count(event.bytes, "byte")}`,
      ];
    case "followed_file_truncated":
      return [
        event.copy === null ? "warning" : "info",
        `${event.source}: it was cut or written anew, and begins anew, after ${count(event.rows, "row")} in ` +
        `${count(event.bytes, "byte")} that were read. ` +
        (event.copy === null
          ? "No copy of it is beside it: what was written to it after they were read is lost"
          : `${event.copy} is the copy of it, of which the rest is read first; only what was written between the copy and the ` +
            "cut is lost"),
      ];
    case "followed_file_moved":
      return ["info", `${event.source}: what had its name before, as ${event.to}, is read to its end first`];
    case "copy_passed_over":
      return [
        "warning",
        `${event.source}: it begins as ${event.of}, which is followed; it is taken for a copy, whose rows are not written again`,
      ];
    case "folder_missing":
      return ["warning", `${event.folder}: there is no such folder now: what is in it is read when it comes`];
    case "folder_unwatched":
      return [
        "warning",
        `${event.folder}: the system does not tell of changes in it, so that it is looked at every second${
          because(event.cause)
        }`,
      ];
    case "last_line_held_back":
      return [
        "warning",
        `${event.source}: ${heldBackText(event)}`,
      ];
    case "row_superseded":
      return [
        "warning",
        `${event.source}: row ${event.row} was taken without its line end, has grown since, and is written whole; ` +
        (event.messageIds.length === 0
          ? "no record was made of it before"
          : `if the topic has ${event.messageIds.join(" or ")}, that record is a part of the row`),
      ];
    case "source_completed":
      return ["debug", `${event.source}: complete, ${count(event.rows, "row")}`];
    case "source_stopped":
      return ["error", `${event.source}: stopped${because(event.cause)}`];
  }
}

/** Names a single partition; counts several. */
function replicationText({ partitions, waitedMs }: RuntimeEvent & { readonly type: "replication_awaited" }): string {
  const [first, ...others] = partitions;
  const where = first !== undefined && others.length === 0
    ? `partition ${first.partition}`
    : count(partitions.length, "partition");
  const records = partitions.reduce((sum, each) => sum + each.records, 0);
  return `${where}: ${records === 1 ? "1 record is" : `${records} records are`} on the leader and not yet on enough ` +
    `of its followers; waiting until they are, for ${seconds(waitedMs)} so far`;
}

/** The first, the second, the fourth …: a long outage stays visible and does not fill the log. */
function repeatLevel(attempt: number): LogLevel {
  return (attempt & (attempt - 1)) === 0 ? "warning" : "debug";
}

/** `: NAME: MESSAGE`, empty without a cause. */
function because(cause: unknown): string {
  if (cause === undefined || cause === null) return "";
  return `: ${causeText(cause)}`;
}

/** An error as one line: its name, its code where it has one, its message. */
export function causeText(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = "code" in cause && typeof cause.code === "string" ? ` [${cause.code}]` : "";
  return `${cause.name}${code}: ${cause.message}`;
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
