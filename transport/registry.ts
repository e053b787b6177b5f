/**
 * The schema registry port, in the terms of Confluent's registry. Adapters: the Confluent REST API, the embedded
 * registry, and the in-memory fake of the test kit.
 *
 * @module
 */
import type { CompatibilityLevel } from "../schemas/compatibility_level.ts";

export type { CompatibilityLevel };

/** Why a registry call failed. */
export type RegistryErrorCode =
  | "unreachable"
  | "timed_out"
  | "unauthenticated" // 401
  | "unauthorized" // 403
  | "not_found" // 404
  | "incompatible" // 409
  | "invalid_schema" // 422
  | "read_only" // 42205: the registry or the subject takes no new schemas, by its mode
  | "other_record" // the subject holds another record, which must stay
  | "server_error" // 5xx
  | "malformed_answer" // not JSON, not the documented shape, too large
  | "closed";

/** Codes of errors that pass by themselves: wait and ask again. All others need a person. */
export const RETRIABLE_REGISTRY_CODES: ReadonlySet<RegistryErrorCode> = new Set([
  "unreachable",
  "timed_out",
  "server_error",
  "malformed_answer",
]);

/** A failed registry call. */
export class RegistryError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "RegistryError";
  /**
   * An adapter makes one of its registry's answer.
   *
   * @param code why, from a closed list
   * @param details what the call asked, and what the registry said
   */
  constructor(
    readonly code: RegistryErrorCode,
    message: string,
    readonly details: {
      readonly subject?: string | undefined;
      readonly version?: string | undefined;
      /** JSON path of the offending part of the schema, if known. */
      readonly path?: string | undefined;
      readonly status?: number | undefined;
      /** How long the registry asks the client to wait. */
      readonly retryAfterMs?: number;
      /** With `other_record`: the full name of the record in the subject. */
      readonly held?: string;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause: details.cause });
  }
  /** True if the same call may succeed later without a person's help. */
  get retriable(): boolean {
    return RETRIABLE_REGISTRY_CODES.has(this.code);
  }
}

/** A registered version of a subject. */
export interface RegisteredSchema {
  /** Name of the subject. */
  readonly subject: string;
  /** Number within the subject, from 1. */
  readonly version: number;
  /** Id of the text, the same in every subject. */
  readonly id: number;
  /** The schema text as registered. */
  readonly schema: string;
}

/** Verdict of a compatibility check. */
export interface CompatibilityVerdict {
  /** Whether the subject would accept the text. */
  readonly compatible: boolean;
  /** The registry's own messages; may be empty. */
  readonly messages: readonly string[];
}

/** A schema registry. Every call rejects with a {@link RegistryError}, within the adapter's request time-out. */
export interface SchemaRegistry {
  /** Registers the text unchanged and returns its id; the same text again gives the same id. Never writes config. */
  register(subject: string, schema: string): Promise<number>;
  /** The id and version of this exact text in the subject, or null. Never registers. */
  lookup(subject: string, schema: string): Promise<RegisteredSchema | null>;
  /** The schema text of an id; code `not_found` if there is none. */
  schemaById(id: number): Promise<string>;
  /** Names of all subjects. */
  subjects(): Promise<readonly string[]>;
  /** Versions of a subject, ascending; empty if the subject is not there. */
  versions(subject: string): Promise<readonly number[]>;
  /** One version of a subject; code `not_found` if it is not there. */
  version(subject: string, version: number | "latest"): Promise<RegisteredSchema>;
  /** Would the subject accept this text? A subject that is not there accepts any valid schema. */
  checkCompatibility(subject: string, schema: string): Promise<CompatibilityVerdict>;
  /** The subject's own level, null where it has none; without a subject: the global level. */
  compatibility(subject?: string): Promise<CompatibilityLevel | null>;
  /** Sets the level of a subject, or without one the global level. */
  setCompatibility(level: CompatibilityLevel, subject?: string): Promise<void>;
  /** Deletes a subject (soft). */
  deleteSubject(subject: string): Promise<void>;
  /** Which registry it is, as far as it tells: a name, with its version if it says one. */
  product(): Promise<string | null>;
  /** Ends the connection. Idempotent. */
  close(): Promise<void>;
}
