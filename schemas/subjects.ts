/**
 * Under which subject of the registry a record type's schema is registered.
 *
 * @module
 */
import type { AssetClass, DataType, SchemaVersion } from "./record_types.ts";

/** The three strategies of Confluent's serializers, as patterns. */
export const SUBJECT_STRATEGIES = {
  TopicNameStrategy: "{topic}-value",
  RecordNameStrategy: "{record}",
  TopicRecordNameStrategy: "{topic}-{record}",
} as const;

/** Name of a standard strategy. */
export type SubjectStrategy = keyof typeof SUBJECT_STRATEGIES;

/**
 * The patterns in use unless the configuration says otherwise. v2 has the one in which the replaced platform
 * registers and looks up its own v2; v1 has another, since two records in one subject do not go together.
 */
export const DEFAULT_SUBJECT_PATTERNS: Readonly<Record<SchemaVersion, string>> = {
  v1: "market.{asset_class}.{data_type}.v1-value",
  v2: "market.{asset_class}.{data_type}-value",
};

/** What a pattern may refer to. */
export interface SubjectParts {
  /** Full name of the topic. `{topic}` */
  readonly topic: string;
  /** `{asset_class}` */
  readonly assetClass: AssetClass;
  /** `{data_type}` */
  readonly dataType: DataType;
  /** In any case; lower case in the subject, as in topic names. `{exchange}` */
  readonly exchange: string;
  /** Full name of the record, such as `com.k2.marketdata.TradeV2`. `{record}` */
  readonly record: string;
  /** `{version}` */
  readonly version: SchemaVersion;
}

/** A pattern that cannot be used. */
export class SubjectPatternError extends Error {
  override readonly name = "SubjectPatternError";
  constructor(
    readonly pattern: string,
    /** What it refers to and should not; null if that is not the trouble. */
    readonly placeholder: string | null,
    reason: string,
  ) {
    super(`Cannot use the subject pattern ${JSON.stringify(pattern)}: ${reason}`);
  }
}

const VALUES: Readonly<Record<string, (parts: SubjectParts) => string>> = {
  topic: (parts) => parts.topic,
  asset_class: (parts) => parts.assetClass,
  data_type: (parts) => parts.dataType,
  exchange: (parts) => parts.exchange.toLowerCase(),
  record: (parts) => parts.record,
  version: (parts) => parts.version,
};

/** The names that may stand in braces. */
export const SUBJECT_PLACEHOLDERS: readonly string[] = Object.keys(VALUES);

/**
 * Makes the subject's name.
 *
 * @param pattern A name of {@link SUBJECT_STRATEGIES}, or text with placeholders in braces.
 * @throws {SubjectPatternError} If the pattern has an unknown placeholder or a stray brace, or makes an empty name.
 */
export function subjectFor(pattern: string, parts: SubjectParts): string {
  const subject = expand(pattern, (value) => value(parts));
  if (subject.trim() === "") throw new SubjectPatternError(pattern, null, "the subject would be empty");
  return subject;
}

/** Under which subjects the schema of a topic's records is kept. */
export interface StreamSubjects {
  /** The one of the pattern. */
  readonly own: string;
  /** `{topic}-value`; null where it is not wanted, or is {@link StreamSubjects.own} already. */
  readonly ofTopic: string | null;
}

/**
 * The subjects of a topic's records.
 *
 * @throws {SubjectPatternError} As {@link subjectFor} does.
 */
export function streamSubjects(
  parts: SubjectParts,
  { pattern, topicSubject }: { readonly pattern: string; readonly topicSubject: boolean },
): StreamSubjects {
  const own = subjectFor(pattern, parts);
  const ofTopic = `${parts.topic}-value`;
  return { own, ofTopic: topicSubject && ofTopic !== own ? ofTopic : null };
}

/**
 * Checks a pattern or strategy name without parts, for a configuration.
 *
 * @throws {SubjectPatternError} As {@link subjectFor} does.
 */
export function checkSubjectPattern(pattern: string): void {
  if (expand(pattern, () => "x").trim() === "") {
    throw new SubjectPatternError(pattern, null, "the subject would be empty");
  }
}

function expand(pattern: string, valueOf: (value: (parts: SubjectParts) => string) => string): string {
  const template = isStrategy(pattern) ? SUBJECT_STRATEGIES[pattern] : pattern;
  return template.replaceAll(/\{([^{}]*)\}|[{}]/g, (match, name: string | undefined) => {
    if (name === undefined) {
      throw new SubjectPatternError(pattern, null, `${match} stands there without its other half`);
    }
    const value = Object.hasOwn(VALUES, name) ? VALUES[name] : undefined;
    if (value === undefined) {
      throw new SubjectPatternError(pattern, name, `{${name}} is none of {${SUBJECT_PLACEHOLDERS.join("}, {")}}`);
    }
    return valueOf(value);
  });
}

function isStrategy(pattern: string): pattern is SubjectStrategy {
  return Object.hasOwn(SUBJECT_STRATEGIES, pattern);
}
