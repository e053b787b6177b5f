/**
 * Names the subjects of the registry under which the schemas are registered.
 *
 * @module
 */
import type { AssetClass, DataType, SchemaVersion } from "../schemas/record_types.ts";
import { fillPattern, patternProblem } from "./name_pattern.ts";

/** The three strategies of Confluent's serializers, as patterns. */
export const SUBJECT_STRATEGIES = {
  TopicNameStrategy: "{topic}-value",
  RecordNameStrategy: "{record}",
  TopicRecordNameStrategy: "{topic}-{record}",
} as const;

/** Name of a standard strategy. */
type SubjectStrategy = keyof typeof SUBJECT_STRATEGIES;

/**
 * The patterns in use unless the configuration says otherwise. v2 has the one under which the replaced
 * platform registers and looks up its own v2. v1 has another, since one subject cannot hold two records.
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

/** What may stand in braces. */
const PLACEHOLDERS = ["topic", "asset_class", "data_type", "exchange", "record", "version"] as const;

/** Why a text of the settings cannot serve as a subject pattern, `null` if it can. */
export function subjectPatternProblem(pattern: string): string | null {
  if (Object.hasOwn(SUBJECT_STRATEGIES, pattern)) return null;
  if (!pattern.includes("{")) {
    return `it is neither one of ${Object.keys(SUBJECT_STRATEGIES).join(", ")} nor a pattern with placeholders`;
  }
  return patternProblem(pattern, PLACEHOLDERS);
}

/**
 * Makes the subject's name.
 *
 * @param pattern A name of {@link SUBJECT_STRATEGIES}, or text with placeholders in braces.
 * @throws {TypeError} If the pattern did not come from the settings and cannot be used.
 */
export function subjectFor(pattern: string, parts: SubjectParts): string {
  const problem = subjectPatternProblem(pattern);
  if (problem !== null) throw new TypeError(`Cannot use the subject pattern ${JSON.stringify(pattern)}: ${problem}`);
  return fillPattern(isStrategy(pattern) ? SUBJECT_STRATEGIES[pattern] : pattern, {
    topic: parts.topic,
    asset_class: parts.assetClass,
    data_type: parts.dataType,
    exchange: parts.exchange.toLowerCase(),
    record: parts.record,
    version: parts.version,
  });
}

/** Under which subjects the schema of a topic's records is kept. */
export interface StreamSubjects {
  /** The one of the pattern. */
  readonly own: string;
  /** `{topic}-value`; null if the settings turn it off, or if it is the same as {@link StreamSubjects.own}. */
  readonly ofTopic: string | null;
}

/**
 * The subjects of a topic's records.
 *
 * @throws {TypeError} As {@link subjectFor} does.
 */
export function streamSubjects(
  parts: SubjectParts,
  { pattern, topicSubject }: { readonly pattern: string; readonly topicSubject: boolean },
): StreamSubjects {
  const own = subjectFor(pattern, parts);
  const ofTopic = `${parts.topic}-value`;
  return { own, ofTopic: topicSubject && ofTopic !== own ? ofTopic : null };
}

function isStrategy(pattern: string): pattern is SubjectStrategy {
  return Object.hasOwn(SUBJECT_STRATEGIES, pattern);
}
