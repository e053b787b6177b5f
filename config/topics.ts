/**
 * Makes topic names from patterns, parses them, and says how to create the topics.
 *
 * @module
 */
import type { VersionFlag } from "./version_flag.ts";
import type { AssetClass, DataType, SchemaVersion } from "../schemas/record_types.ts";
import { ASSET_CLASSES, DATA_TYPES, REFERENCE_DATA_PARTITIONS } from "./catalogue.ts";
import type { Exchange } from "./catalogue.ts";
import { fillPattern, patternProblem } from "./name_pattern.ts";

/** The name that the replaced platform's consumers know. */
export const DEFAULT_TOPIC_PATTERN = "market.{asset_class}.{data_type}.{exchange}";

/**
 * Appended to the default pattern of v1 while v1 and v2 are written side by side: v2 keeps the name that it has alone.
 */
export const V1_TOPIC_SUFFIX = ".v1";

/** What a topic pattern may hold. */
const TOPIC_PLACEHOLDERS = ["asset_class", "data_type", "exchange", "version"] as const;

/** Kafka's own limit. */
const MAX_TOPIC_LENGTH = 249;

/** A name that Kafka would refuse, or a pattern that cannot make names. The message says why. */
export class TopicNameError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "TopicNameError";
  /**
   * Made before any call to the brokers uses the name.
   *
   * @param topic the name that the pattern makes
   * @param reason completes a sentence that starts with the name
   */
  constructor(readonly topic: string, readonly reason: string) {
    super(`topic name "${topic}" cannot be used: ${reason}`);
  }
}

/** The parts of a topic name. */
export interface TopicParts {
  readonly assetClass: AssetClass;
  readonly dataType: DataType;
  /** Any case; the name has it in lower case. */
  readonly exchange: string;
  readonly version: SchemaVersion;
}

/** What a topic's name tells; `null` where its pattern does not hold that part. */
export interface ParsedTopicName {
  readonly assetClass: AssetClass | null;
  readonly dataType: DataType;
  /** Lower case, as in the name. */
  readonly exchange: string | null;
  readonly version: SchemaVersion | null;
}

/** How to make a topic; fits the log port's `TopicSpec`. */
export interface TopicLayout {
  readonly name: string;
  readonly partitions: number;
  /** Absent: the broker's default. */
  readonly replicationFactor?: number;
  readonly config: Readonly<Record<string, string>>;
}

/** The patterns of `topics.pattern` in the settings. */
export interface TopicPatterns {
  /** Absent: the default pattern. */
  readonly v1?: string;
  readonly v2: string;
  /** Used where v1 and v2 are written side by side. */
  readonly both: { readonly v1?: string; readonly v2?: string };
}

/** Topic names by version; only the versions that are written. */
export type TopicNames = Readonly<Partial<Record<SchemaVersion, string>>>;

/** Why Kafka would refuse a topic name, `null` if it would take it. */
export function topicNameProblem(name: string): string | null {
  if (name.length === 0) return "it is empty";
  if (name === "." || name === "..") return "Kafka does not allow it";
  if (name.length > MAX_TOPIC_LENGTH) return `it has ${name.length} characters, Kafka allows ${MAX_TOPIC_LENGTH}`;
  const bad = /[^A-Za-z0-9._-]/.exec(name);
  if (bad) return `it holds ${JSON.stringify(bad[0])}, Kafka allows letters, digits, ".", "_" and "-"`;
  return null;
}

/** Why a text cannot serve as a topic pattern, `null` if it can. A pattern must hold `{data_type}`. */
export function topicPatternProblem(pattern: string): string | null {
  const problem = patternProblem(pattern, TOPIC_PLACEHOLDERS);
  if (problem !== null) return problem;
  if (!pattern.includes("{data_type}")) {
    return "it needs {data_type}, or trades and quotes would share a topic";
  }
  return topicNameProblem(pattern.replaceAll(/\{\w+\}/g, "x"));
}

/**
 * The topic name of a pattern.
 *
 * @throws {TopicNameError} if Kafka would refuse the name.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const parts = { assetClass: "equities", dataType: "trades", exchange: "ASX", version: "v2" } as const;
 * assert.equal(topicNameFor({ pattern: DEFAULT_TOPIC_PATTERN, ...parts }), "market.equities.trades.asx");
 * ```
 */
export function topicNameFor(parts: TopicParts & { readonly pattern: string }): string {
  const name = fillPattern(parts.pattern, {
    asset_class: parts.assetClass,
    data_type: parts.dataType,
    exchange: parts.exchange.toLowerCase(),
    version: parts.version,
  });
  const problem = topicNameProblem(name);
  if (problem !== null) throw new TopicNameError(name, problem);
  return name;
}

/**
 * The pattern of a version. While both versions are written, v1 has the pattern of its setting, else the default one
 * with {@link V1_TOPIC_SUFFIX}.
 */
export function topicPatternFor(
  patterns: TopicPatterns,
  options: { readonly version: SchemaVersion; readonly sideBySide: boolean },
): string {
  const { version, sideBySide } = options;
  if (version === "v2") return (sideBySide ? patterns.both.v2 : undefined) ?? patterns.v2;
  if (!sideBySide) return patterns.v1 ?? DEFAULT_TOPIC_PATTERN;
  return patterns.both.v1 ?? patterns.v1 ?? `${DEFAULT_TOPIC_PATTERN}${V1_TOPIC_SUFFIX}`;
}

/** True if v1 and v2 side by side would share topics, which no consumer could read. */
export function topicPatternsClash(patterns: TopicPatterns): boolean {
  const [v1, v2] = (["v1", "v2"] as const).map((version) =>
    fillPattern(topicPatternFor(patterns, { version, sideBySide: true }), { version })
  );
  return v1 === v2;
}

/**
 * The topics that records of an exchange and data type are written to under a version flag.
 *
 * @throws {TopicNameError} if Kafka would refuse a name, or both versions would share one.
 */
export function topicNamesFor(
  patterns: TopicPatterns,
  parts: Omit<TopicParts, "version"> & { readonly schemaVersion: VersionFlag },
): TopicNames {
  const { schemaVersion, ...rest } = parts;
  const nameOf = (version: SchemaVersion, sideBySide: boolean) =>
    topicNameFor({ ...rest, version, pattern: topicPatternFor(patterns, { version, sideBySide }) });
  if (schemaVersion === "v1") return { v1: nameOf("v1", false) };
  if (schemaVersion === "v2") return { v2: nameOf("v2", false) };
  const names = { v1: nameOf("v1", true), v2: nameOf("v2", true) };
  if (names.v1 === names.v2) {
    throw new TopicNameError(names.v1, "v1 and v2 records side by side need topics of their own");
  }
  return names;
}

/** What the name of a topic says under a pattern, `null` if the pattern did not make it. */
export function parseTopicName(name: string, pattern: string): ParsedTopicName | null {
  const found = matcherFor(pattern).exec(name)?.groups;
  if (found === undefined) return null;
  const dataType = DATA_TYPES.find((candidate) => candidate === found.data_type);
  if (dataType === undefined) return null;
  return {
    assetClass: ASSET_CLASSES.find((candidate) => candidate === found.asset_class) ?? null,
    dataType,
    exchange: found.exchange ?? null,
    version: found.version === "v1" || found.version === "v2" ? found.version : null,
  };
}

/** As {@link parseTopicName}, under any pattern of the settings. */
export function parseOwnTopicName(name: string, patterns: TopicPatterns): ParsedTopicName | null {
  for (const version of ["v2", "v1"] as const) {
    for (const sideBySide of [true, false]) {
      const parsed = parseTopicName(name, topicPatternFor(patterns, { version, sideBySide }));
      if (parsed !== null) return parsed;
    }
  }
  return null;
}

/** The settings of all topics that this program makes. */
export interface TopicDefaults {
  readonly topics: {
    readonly replicationFactor?: number;
    /** Configuration of the topics; overrides ours. */
    readonly config: Readonly<Record<string, string>>;
  };
  readonly kafka: { readonly compression: string };
}

/**
 * How to make the topic of an exchange and data type: as the replaced platform made its own, with lz4. If the sends use
 * another compression, the topic keeps that one, since a broker would otherwise compress again with lz4.
 */
export function topicSpecFor(
  topic: { readonly name: string; readonly dataType: DataType; readonly exchange: Exchange },
  { topics: { replicationFactor, config }, kafka: { compression } }: TopicDefaults,
): TopicLayout {
  const compacted = topic.dataType === "reference_data";
  return {
    name: topic.name,
    partitions: compacted ? REFERENCE_DATA_PARTITIONS : topic.exchange.partitions,
    ...(replicationFactor === undefined ? {} : { replicationFactor }),
    config: {
      "compression.type": compression === "none" || compression === "lz4" ? "lz4" : "producer",
      ...(compacted ? { "cleanup.policy": "compact", "min.compaction.lag.ms": "60000" } : {}),
      ...config,
    },
  };
}

const PLACEHOLDER_SYNTAX: Readonly<Record<string, string>> = {
  asset_class: ASSET_CLASSES.join("|"),
  data_type: DATA_TYPES.join("|"),
  exchange: "[a-z0-9_-]+",
  version: "v1|v2",
};

const matchers = new Map<string, RegExp>();

function matcherFor(pattern: string): RegExp {
  const known = matchers.get(pattern);
  if (known !== undefined) return known;
  const seen = new Set<string>();
  const source = pattern.split(/(\{\w+\})/).map((part) => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    const syntax = name === undefined ? undefined : PLACEHOLDER_SYNTAX[name];
    if (name === undefined || syntax === undefined) return part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
    if (seen.has(name)) return `\\k<${name}>`;
    seen.add(name);
    return `(?<${name}>${syntax})`;
  }).join("");
  const matcher = new RegExp(`^${source}$`);
  matchers.set(pattern, matcher);
  return matcher;
}
