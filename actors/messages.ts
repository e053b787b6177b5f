/**
 * Every message that one actor may send to another, and the envelopes of the data path. Messages are readonly unions on
 * `type`; what an actor tells itself is private to its file.
 *
 * Data flows one way: source -> converter -> producer. Acknowledgements flow back by the envelopes' obligations
 * ({@link Delivery}, {@link TopicPart}), not by messages, so that no mailbox can be full of them.
 *
 * @module
 */
import type { AssetClass, RecordKind, SchemaVersion } from "../schemas/record_types.ts";
import type { RowBatch } from "../sources/source.ts";
import type { Checkpoint } from "../state/checkpoint.ts";
import type { DeadLetter } from "../state/dead_letters.ts";
import type { LogError } from "../transport/log.ts";
import type { RegistryError } from "../transport/registry.ts";
import type { SourceRowRef } from "../transport/source_header.ts";
import type { TopicRefusedError } from "./topic_refused_error.ts";
import type { WantedSubject } from "./subject_record.ts";
import type { Delivery, TopicPart } from "./delivery/delivery.ts";
import type { VersionFlag } from "../config/version_flag.ts";
import type { ReplyPort } from "../kernel/obligation.ts";
import type { BatchOrigin, EncodedRecords } from "./encoding/encoded_records.ts";
import type { ActorRef } from "../kernel/types.ts";

/** Where the version flag stands: the epoch grows with each change. */
export interface Epoch {
  /** 1 at the start, and one more with each change of the flag. */
  readonly number: number;
  /** Which schema versions are written. */
  readonly flag: VersionFlag;
}

/** The notice by which the supervisor tells every actor of a new epoch. */
export interface VersionChanged extends Epoch {
  readonly type: "version_changed";
}

/** A schema of the contract together with the id under which the registry knows it. */
export interface ResolvedSchema {
  readonly kind: RecordKind;
  readonly version: SchemaVersion;
  readonly subject: string;
  readonly id: number;
}

/** The subject that a schema is registered under depends on where the records go. */
export interface SchemaRequest {
  readonly kind: RecordKind;
  readonly version: SchemaVersion;
  readonly topic: string;
  readonly assetClass: AssetClass;
  readonly exchange: string;
  /** Number of the epoch under which the version is wanted. */
  readonly epoch: number;
  /** False: a record is not there yet. It is only looked whether one could be written, and nothing is registered. */
  readonly write: boolean;
}

/** Asks for the schema's id; answered when the registry has answered, however long that takes. */
export interface ResolveSchema {
  readonly type: "resolve_schema";
  readonly request: SchemaRequest;
  readonly replyTo: ReplyPort<SchemaResolution>;
}

/** A refusal is a value: the registry said no, and asking again will not help. */
export type SchemaResolution =
  | { readonly type: "resolved"; readonly schema: ResolvedSchema }
  | Writable
  | { readonly type: "refused"; readonly error: SchemaRefusal }
  | Superseded;

/** Why a schema is not to be had; a {@link LogError} where the topic may not be read, and what it holds is not known. */
export type SchemaRefusal = RegistryError | LogError | TopicRefusedError;

/** It was only looked: nothing there speaks against the first record. */
export interface Writable {
  readonly type: "writable";
}

/** The version flag has changed since the question was asked, and the version is not wanted now. */
export interface Superseded {
  readonly type: "superseded";
}

/** Messages of the schema loader. */
export type SchemaLoaderMessage = ResolveSchema;

/** Asks the registry actor for the id of a schema text in a subject, which must not hold another record. */
export interface ResolveId extends WantedSubject {
  readonly type: "resolve_id";
  readonly version: SchemaVersion;
  /** Number of the epoch under which it is wanted. */
  readonly epoch: number;
  /** False: only look, see {@link SchemaRequest}. */
  readonly write: boolean;
  readonly text: string;
  readonly replyTo: ReplyPort<IdResolution>;
}

/** The registry's answer. */
export type IdResolution =
  | { readonly type: "id"; readonly id: number }
  | Writable
  | { readonly type: "refused"; readonly error: RegistryError }
  | Superseded;

/** Messages of the registry actor. */
export type RegistryMessage = ResolveId;

/** A schema version that rows are written in, and the topic that they go to. */
export interface RowTarget {
  /** The schema version of the records. */
  readonly version: SchemaVersion;
  /** Name of the topic. */
  readonly topic: string;
}

/** One version that a source's rows are written as, and where to. */
export interface Target extends RowTarget {
  /** Null until there is a record to be written: a load that writes nothing leaves no subject behind. */
  readonly schema: ResolvedSchema | null;
  readonly producer: ActorRef<ProducerMessage>;
}

/** The stream of a source's batches, known by identity: a source that is read a second time is another stream. */
export interface Stream {
  /** Id of the source, for messages. */
  readonly source: string;
  /** True once the source has ended: nothing of it will come again. */
  readonly ended?: boolean;
}

/**
 * Place of a batch in its source's stream. Within a run, indexes are contiguous; a run starts (index 0) only when nothing of
 * the run before is unsettled. A producer takes batches of a source in exactly this order and returns everything else, so
 * that nothing can overtake a batch that was returned.
 */
export interface StreamPlace {
  readonly stream: Stream;
  readonly run: number;
  readonly index: number;
}

/** Rows on their way to the converter. */
export interface RowsAdmitted {
  readonly type: "rows_admitted";
  readonly place: StreamPlace;
  readonly epoch: number;
  readonly targets: readonly Target[];
  readonly batch: RowBatch;
  /** What each record is to tell of where it comes from; null for nothing. */
  readonly from: BatchOrigin | null;
  readonly delivery: Delivery;
}

/** Messages of the converter. */
export type ConverterMessage = RowsAdmitted;

/** Encoded records on their way to a topic; may be empty, to keep the stream's indexes contiguous. */
export interface RecordsEncoded {
  readonly type: "records_encoded";
  readonly place: StreamPlace;
  readonly epoch: number;
  /** Record timestamp in milliseconds: the time of ingestion. */
  readonly timestamp: number;
  readonly records: EncodedRecords;
  readonly part: TopicPart;
}

/** Where a record was found by reading; null: it is not in the topic. */
export type WrittenAnswer = { readonly partition: number; readonly offset: bigint } | null;

/** Asks whether the topic has a record that was sent once, by any incarnation; no attempt of it may be under way. */
export interface AskWritten {
  readonly type: "ask_written";
  readonly messageId: string;
  /**
   * The content of the row is not known: it cannot be encoded any more. Null if no schema had an id yet, so that no
   * record of the row can be there.
   */
  readonly schemaId: number | null;
  /** What it names as its source; null for nothing. */
  readonly source: SourceRowRef | null;
  /** Answered when every doubtful send was read for; fails if the topic is parked. */
  readonly answer: ReplyPort<WrittenAnswer>;
}

/** Messages of a producer. */
export type ProducerMessage = RecordsEncoded | AskWritten;

/** Rows that cannot be written, on their way to the dead-letter store. */
export interface StoreDeadLetters {
  readonly type: "store_dead_letters";
  readonly letters: readonly DeadLetter[];
  /** Answered when the letters are on disk. */
  readonly stored: ReplyPort<void>;
}

/** Messages of the dead-letter actor. */
export type DeadLettersMessage = StoreDeadLetters;

/** A checkpoint, and what is stored in one transaction with it. */
export interface CheckpointSave {
  readonly checkpoint: Checkpoint;
  readonly deadLetters: readonly DeadLetter[];
  /** Letters of halves of rows that have settled as wholes: to be kept as retired ones. */
  readonly superseded: readonly DeadLetter[];
}

/** A refusal is a value: what is stored is of another load, or further on, and asking again will not help. */
export type CheckpointAnswer = { readonly type: "saved" } | { readonly type: "refused"; readonly cause: unknown };

/** A checkpoint on its way to the store. */
export interface SaveCheckpoint {
  readonly type: "save_checkpoint";
  readonly save: CheckpointSave;
  /** Answered when it is on disk, or with why it never can be. */
  readonly saved: ReplyPort<CheckpointAnswer>;
}

/** Messages of the checkpoint actor. */
export type CheckpointsMessage = SaveCheckpoint;
