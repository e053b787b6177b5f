/**
 * Which record a subject holds. A subject is never written over with another record: consumers that read with its latest
 * schema would fail on every record of the earlier one, and a level NONE lets it happen.
 *
 * @module
 */
import { recordNameOf } from "../schemas/avro/record_name.ts";
import type { SchemaVersion } from "../schemas/record_types.ts";
import { RegistryError, type SchemaRegistry } from "../transport/registry.ts";

/** Stands for the name of a schema that is no Avro schema. */
const NO_AVRO_SCHEMA = "a schema that is not Avro's";

/** A subject that a record's schema is wanted in. */
export interface WantedSubject {
  readonly subject: string;
  /** Full name of the record. */
  readonly record: string;
  /** What else can be done where the subject holds another record. */
  readonly remedy: string;
}

/**
 * The full name of the record in the subject's latest version; null if the subject has no version.
 *
 * @throws {RegistryError}
 */
export async function recordInSubject(registry: SchemaRegistry, subject: string): Promise<string | null> {
  try {
    return recordNameOf((await registry.version(subject, "latest")).schema) ?? NO_AVRO_SCHEMA;
  } catch (error) {
    if (error instanceof RegistryError && error.code === "not_found") return null;
    throw error;
  }
}

/** The refusal to register a record in a subject that holds another one. */
export function otherRecordError(held: string, { subject, record, remedy }: WantedSubject): RegistryError {
  const message = `Subject "${subject}" holds ${held}, and ${record} is never registered over it: ${remedy}`;
  return new RegistryError("other_record", message, { subject, held });
}

/** What helps where the subject of the settings holds another record. */
export function otherSubjectRemedy(version: SchemaVersion): string {
  return `schemas.subjects.${version} names another subject`;
}

/** What helps where `{topic}-value` holds another record. */
export const OTHER_TOPIC_REMEDY = "topics.pattern names another topic, and with schemas.topicSubject false " +
  "(TICKFLUME_SCHEMAS_TOPIC_SUBJECT) nothing is kept under {topic}-value";
