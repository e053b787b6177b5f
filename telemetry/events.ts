/**
 * The catalogue of the events that observers get. Names are noun + past verb; at most one event a batch, never one a
 * record. The names are public: log lines are made from them.
 *
 * @module
 */
import type { KernelEvent } from "../kernel/types.ts";

/** Something an operator may want to know. `stage` says where in the flow it happened. */
export type DomainEvent =
  | {
    /** A server has not answered since the start of the runtime. */
    readonly type: "server_awaited";
    readonly stage: "schemas" | "sending";
    readonly server: "brokers" | "registry";
    readonly address: string;
    readonly attempt: number;
    /** Since the start. */
    readonly waitedMs: number;
    /** The error of the last try; null if that is still under way. */
    readonly cause: unknown;
  }
  | {
    /** The brokers are real and the registry is embedded: no other program can read the records. */
    readonly type: "registry_embedded";
    readonly stage: "schemas";
    readonly dataDir: string;
  }
  | {
    readonly type: "registry_unavailable";
    readonly stage: "schemas";
    readonly registry: string;
    readonly attempt: number;
    readonly delayMs: number;
    readonly cause: unknown;
  }
  | { readonly type: "registry_available"; readonly stage: "schemas"; readonly registry: string }
  | {
    readonly type: "schema_resolved";
    readonly stage: "schemas";
    readonly subject: string;
    readonly version: string;
    readonly id: number;
  }
  | {
    readonly type: "schema_refused";
    readonly stage: "schemas";
    readonly subject: string;
    readonly version: string;
    readonly path: string | null;
    readonly cause: unknown;
  }
  | {
    /** The topic holds both versions: its subject keeps the one that came first. */
    readonly type: "topic_subject_kept";
    readonly stage: "schemas";
    readonly topic: string;
    readonly subject: string;
    /** Full name of the record in the subject; `record` is the one that is written. */
    readonly held: string;
    readonly record: string;
  }
  | {
    readonly type: "topic_unread";
    readonly stage: "schemas";
    readonly topic: string;
    readonly attempt: number;
    readonly delayMs: number;
    readonly cause: unknown;
  }
  | {
    /** Because of the topic's contents: nothing is written to it. */
    readonly type: "topic_refused";
    readonly stage: "schemas";
    readonly topic: string;
    readonly cause: unknown;
  }
  | {
    /** The runtime writes to the topic, although its contents may disturb its consumers. Once for each version. */
    readonly type: "topic_doubted";
    readonly stage: "schemas";
    readonly topic: string;
    readonly about: "foreign_record" | "mixed_versions" | "keys_elsewhere";
    readonly warning: string;
  }
  | {
    /** The files may have been loaded with another data folder. Once for each topic of a run. */
    readonly type: "loads_unknown";
    readonly stage: "receiving";
    readonly topic: string;
    /** Origins in the last records of the topic for which the data folder has no checkpoint. */
    readonly origins: readonly string[];
  }
  | { readonly type: "topic_created"; readonly stage: "sending"; readonly topic: string; readonly partitions: number }
  | { readonly type: "topic_opened"; readonly stage: "sending"; readonly topic: string; readonly partitions: number }
  | {
    readonly type: "topic_unavailable";
    readonly stage: "sending";
    readonly topic: string;
    readonly attempt: number;
    readonly delayMs: number;
    readonly cause: unknown;
  }
  | { readonly type: "topic_parked"; readonly stage: "sending"; readonly topic: string; readonly cause: unknown }
  | {
    readonly type: "topic_grown";
    readonly stage: "sending";
    readonly topic: string;
    readonly from: number;
    readonly to: number;
  }
  | { readonly type: "topic_at_risk"; readonly stage: "sending"; readonly topic: string; readonly warning: string }
  | {
    readonly type: "send_unknown";
    readonly stage: "sending";
    readonly topic: string;
    readonly partitions: readonly number[];
    readonly cause: unknown;
  }
  | {
    readonly type: "send_stalled";
    readonly stage: "sending";
    readonly topic: string;
    readonly partitions: readonly number[];
    /** Since the oldest of these sends. */
    readonly waitedMs: number;
  }
  | {
    /** The producer sends nothing to these partitions until it knows what they hold. */
    readonly type: "replication_awaited";
    readonly stage: "sending";
    readonly topic: string;
    /** The partitions whose leader has records that cannot be read yet, and how many. */
    readonly partitions: readonly { readonly partition: number; readonly records: number }[];
    readonly waitedMs: number;
  }
  | {
    readonly type: "send_resolved";
    readonly stage: "sending";
    readonly topic: string;
    readonly found: number;
    readonly sentAgain: number;
  }
  /** The embedded producer rejects calls, or lets them wait. Once, and again only after half of the limit was free. */
  | {
    readonly type: "producer_full";
    readonly stage: "receiving";
    /** Records that have not settled. */
    readonly records: number;
    /** About how much memory they take. */
    readonly bytes: number;
  }
  | {
    readonly type: "rows_dead_lettered";
    readonly stage: "receiving" | "processing" | "sending";
    readonly source: string;
    readonly count: number;
  }
  | {
    /** A source is loaded from its start, which retires the letters of its earlier load. */
    readonly type: "dead_letters_retired";
    readonly stage: "receiving";
    readonly source: string;
    readonly count: number;
  }
  | {
    readonly type: "batch_returned";
    readonly stage: "processing" | "sending";
    readonly source: string;
    readonly rows: number;
    readonly attempt: number;
    readonly cause: unknown;
  }
  | { readonly type: "version_changed"; readonly stage: "receiving"; readonly version: string; readonly epoch: number }
  | {
    readonly type: "source_resumed";
    readonly stage: "receiving";
    readonly source: string;
    /** Rows that earlier runs have settled. */
    readonly row: number;
    /** How many later rows the topics have already. */
    readonly found: number;
  }
  | {
    readonly type: "source_already_loaded";
    readonly stage: "receiving";
    readonly source: string;
    readonly rows: number;
    /** How many of them could not be written. */
    readonly deadLettered: number;
  }
  | {
    readonly type: "checkpoint_discarded";
    readonly stage: "receiving";
    readonly source: string;
    /** Why this load is another one than that before. */
    readonly reasons: readonly string[];
  }
  | {
    readonly type: "checkpoint_doubted" | "checkpoint_noted";
    readonly stage: "receiving";
    readonly source: string;
    /** What has changed since it was last loaded: enough that the topics are read (`doubted`), or not (`noted`). */
    readonly reasons: readonly string[];
  }
  | {
    readonly type: "checkpoint_adopted";
    readonly stage: "receiving";
    readonly source: string;
    /** Earlier path of the file; its present one if another file took the earlier path since. */
    readonly from: string;
  }
  | {
    readonly type: "source_stalled";
    readonly stage: "sending";
    readonly source: string;
    readonly unsettledRows: number;
    /** Nothing of it has settled for at least this long. */
    readonly waitedMs: number;
  }
  | {
    readonly type: "source_waits";
    readonly stage: "receiving";
    readonly source: string;
    readonly attempt: number;
    /** What it lacks to be opened. */
    readonly cause: unknown;
  }
  | {
    /** A file that is followed was read to its end, and another one has its name (`rotated`), or it has none (`removed`). */
    readonly type: "followed_file_ended";
    readonly stage: "receiving";
    readonly source: string;
    readonly how: "rotated" | "removed";
    readonly bytes: number;
  }
  | {
    /** A file that is followed is shorter than what was read of it, or has another content there: it begins anew. */
    readonly type: "followed_file_truncated";
    readonly stage: "receiving";
    readonly source: string;
    /** What was read of it. */
    readonly rows: number;
    readonly bytes: number;
    /** The file that has what was read, and perhaps more, which is read too; null if there is none. */
    readonly copy: string | null;
  }
  | {
    /** Of a file that is followed, what was read before stands in another one, of which the rest is read first. */
    readonly type: "followed_file_moved";
    readonly stage: "receiving";
    readonly source: string;
    /** The file, or one that had its name after it. */
    readonly to: string;
  }
  | {
    /** A file begins as one that is followed: rows of that one are not written again. */
    readonly type: "copy_passed_over";
    readonly stage: "receiving";
    readonly source: string;
    readonly of: string;
  }
  | {
    /** A folder of files that are followed is not there: it is waited for. Told once, until it is. */
    readonly type: "folder_missing";
    readonly stage: "receiving";
    readonly folder: string;
  }
  | {
    /** The system does not tell of changes in a folder: its files are looked at now and then. */
    readonly type: "folder_unwatched";
    readonly stage: "receiving";
    readonly folder: string;
    readonly cause: unknown;
  }
  | {
    readonly type: "last_line_held_back";
    readonly stage: "receiving";
    readonly source: string;
    readonly line: number;
    readonly bytes: number;
    /** A quoted field in it does not end; absent: its last line has no line end. */
    readonly openQuote?: true | undefined;
  }
  | {
    readonly type: "row_superseded";
    readonly stage: "receiving";
    readonly source: string;
    readonly row: number;
    /** Records made of a part of the row; those of a killed run may not have been written. */
    readonly messageIds: readonly string[];
  }
  | { readonly type: "source_completed"; readonly stage: "receiving"; readonly source: string; readonly rows: number }
  | { readonly type: "source_stopped"; readonly stage: "receiving"; readonly source: string; readonly cause: unknown };

/** Every event of a running tickflume. */
export type RuntimeEvent = KernelEvent | DomainEvent;

/** Receives events. Must not throw; the runtime reports an exception and does not propagate it. */
export type Observer = (event: RuntimeEvent) => void;
