/**
 * Whether a topic is written to, by what its last records are. Consumers of a topic decode what they find there: a record of
 * another program's schema stops them, one of our other version is skipped by those that read with one schema alone, and a
 * key in two partitions has no order.
 *
 * @module
 */
import type { Settings } from "../../config/settings.ts";
import { loadSchema, recordNamesOf } from "../../schemas/load.ts";
import type { RecordKind, SchemaVersion } from "../../schemas/record_types.ts";
import { type Partitioner, PARTITIONERS, partitionFor } from "../../transport/partitioner.ts";
import type { SampledRecord, TopicSample } from "../../transport/topic_contents.ts";
import { TopicRefusedError } from "../topic_refused_error.ts";

/** What the settings say about it. */
export type TopicRules = Pick<Settings["topics"], "foreign" | "mixed" | "partitioner">;

/** The records that the caller wants to write, and where. */
export interface IntendedRecords {
  readonly topic: string;
  readonly kind: RecordKind;
  readonly version: SchemaVersion;
}

/** A warning about a topic that is written to all the same. */
export interface TopicDoubt {
  readonly about: "foreign_record" | "mixed_versions" | "keys_elsewhere";
  /** A sentence, with what can be done. */
  readonly text: string;
}

/** What is decided. */
export interface TopicVerdict {
  /** Why nothing is written to it; null if it is. */
  readonly refusal: TopicRefusedError | null;
  readonly doubts: readonly TopicDoubt[];
  /** Which rules its keys fit, all of them; null if they tell none from the other. */
  readonly keysBy: readonly Partitioner[] | null;
}

/** Decides by a look at the topic. */
export function judgeTopic(sample: TopicSample, intended: IntendedRecords, rules: TopicRules): TopicVerdict {
  const doubts: TopicDoubt[] = [];
  const keys = keysOf(sample, intended);
  const refuse = (code: TopicRefusedError["code"], text: string) => ({
    refusal: new TopicRefusedError(code, intended.topic, text),
    doubts,
    keysBy: keys.fitting,
  });
  const foreign = foreignText(sample, intended);
  if (foreign !== null && rules.foreign === "refuse") {
    return refuse("foreign_record", `${foreign}: nothing is written to it. ${FOREIGN_REMEDY}`);
  }
  if (foreign !== null) doubts.push({ about: "foreign_record", text: `${foreign}; topics.foreign allows it` });
  const mixed = mixedText(sample, intended);
  if (mixed !== null && rules.mixed === "refuse") {
    return refuse("mixed_versions", `${mixed}, which topics.mixed refuses. ${mixedRemedy(intended)}`);
  }
  if (mixed !== null) {
    const refusable = 'topics.mixed "refuse" refuses such topics';
    doubts.push({ about: "mixed_versions", text: `${mixed}. ${mixedRemedy(intended)}; ${refusable}` });
  }
  const { partitioner } = rules;
  if (keys.fitting === null || keys.fitting.includes(partitioner)) {
    return { refusal: null, doubts, keysBy: keys.fitting };
  }
  const [other] = keys.fitting;
  if (other !== undefined && !isGrown(keys, partitioner)) {
    return refuse("other_partitioner", otherRuleText(keys, intended, { partitioner, other }));
  }
  doubts.push({ about: "keys_elsewhere", text: elsewhereText(keys, intended, partitioner) });
  return { refusal: null, doubts, keysBy: keys.fitting };
}

/** The full names of what a topic holds, and of what this process has begun to write. */
export function namesIn({ records, begun }: TopicSample): ReadonlySet<string> {
  return new Set([...begun, ...records.map(({ name }) => name)]);
}

const FOREIGN_REMEDY =
  'topics.pattern names another topic; topics.foreign "allow" (TICKFLUME_TOPICS_FOREIGN) writes to ' +
  "it all the same, and its consumers must bear both";

function foreignText({ records }: TopicSample, { topic, kind }: IntendedRecords): string | null {
  const ours = recordNamesOf(kind);
  const foreign = [...new Set(records.map(({ name }) => name).filter((name) => !ours.includes(name)))];
  if (foreign.length === 0) return null;
  return `Topic "${topic}" holds ${foreign.join(", ")}, which is neither ${ours.join(" nor ")}`;
}

/** What this process writes counts too: the flag may have changed. */
function mixedText(sample: TopicSample, { topic, kind, version }: IntendedRecords): string | null {
  const { fullName: written } = loadSchema(kind, version);
  const names = namesIn(sample);
  const other = recordNamesOf(kind).find((name) => name !== written && names.has(name));
  if (other === undefined) return null;
  return `Topic "${topic}" holds ${other}, and ${written} comes behind it: a consumer that reads with the schema of one ` +
    "alone skips the records of the other, and commits past them";
}

function mixedRemedy({ version }: IntendedRecords): string {
  return `topics.pattern.${version} gives ${version} a topic of its own, such as ` +
    "market.{asset_class}.{data_type}.{exchange}.{version}";
}

/** Where the keys of a topic are. */
interface SampledKeys {
  readonly partitions: number;
  /** One record of each key and partition. */
  readonly places: readonly (Pick<SampledRecord, "partition"> & { readonly key: Uint8Array })[];
  /** The rules that all of them fit; null if they tell none from the other. */
  readonly fitting: readonly Partitioner[] | null;
}

/** Whether a rule explains all places by fewer partitions than there are now, before some were added. */
function isGrown({ partitions, places }: SampledKeys, rule: Partitioner): boolean {
  for (let before = 1; before < partitions; before++) {
    const fits = places.every(({ partition, key }) =>
      [before, partitions].some((count) => partitionFor(key, count, rule) === partition)
    );
    if (fits) return true;
  }
  return false;
}

/** Keys of our own records only: what the keys of foreign records are is not known. */
function keysOf({ records, partitions }: TopicSample, { kind }: IntendedRecords): SampledKeys {
  const ours = recordNamesOf(kind);
  const places = new Map<string, { readonly partition: number; readonly key: Uint8Array }>();
  for (const { partition, key, name } of records) {
    // librdkafka sends an empty key anywhere.
    if (key === null || key.length === 0 || !ours.includes(name)) continue;
    places.set(`${partition} ${key.toHex()}`, { partition, key });
  }
  const known = { partitions, places: [...places.values()] };
  const fitting = PARTITIONERS.filter((rule) =>
    known.places.every(({ partition, key }) => partitionFor(key, partitions, rule) === partition)
  );
  return { ...known, fitting: fitting.length === PARTITIONERS.length ? null : fitting };
}

function otherRuleText(
  { partitions, places }: SampledKeys,
  { topic }: IntendedRecords,
  { partitioner, other }: { readonly partitioner: Partitioner; readonly other: Partitioner },
): string {
  const example = places.find(({ partition, key }) => partitionFor(key, partitions, partitioner) !== partition);
  const where = example === undefined ? "" : ` (${textOf(example.key)} is in partition ${example.partition}, ` +
    `${partitioner} would put it into ${partitionFor(example.key, partitions, partitioner)} of ${partitions})`;
  return `The keys in topic "${topic}" are where ${other} puts them${where}: with ${partitioner} a key would be in two ` +
    `partitions, and its order lost. Nothing is written to it. Set topics.partitioner to ${other} ` +
    "(TICKFLUME_TOPICS_PARTITIONER), or name another topic by topics.pattern";
}

function elsewhereText(
  { partitions, places }: SampledKeys,
  { topic }: IntendedRecords,
  partitioner: Partitioner,
): string {
  const elsewhere = places.filter(({ partition, key }) => partitionFor(key, partitions, partitioner) !== partition);
  return `In topic "${topic}" ${elsewhere.length} of ${places.length} keys looked at are not where ${partitioner} puts ` +
    `them, such as ${textOf(elsewhere[0]?.key)}: partitions were added, or programs with another rule write to it ` +
    "(topics.partitioner). The order of such a key holds within each partition only";
}

function textOf(key: Uint8Array | undefined): string {
  return JSON.stringify(new TextDecoder().decode(key));
}
