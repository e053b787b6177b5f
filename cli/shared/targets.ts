/**
 * The topics and subjects that a command is about: flags name exchanges, asset classes and data types.
 *
 * @module
 */
import { type Command, Option } from "commander";
import { ASSET_CLASSES, assetClassOf, DATA_TYPES, dataTypeOf } from "../../config/catalogue.ts";
import type { Exchange } from "../../config/catalogue.ts";
import { topicNamesFor, topicSpecFor } from "../../config/topics.ts";
import type { TopicLayout } from "../../config/topics.ts";
import { loadSchema } from "../../schemas/load.ts";
import { KIND_OF } from "../../schemas/record_types.ts";
import type { AssetClass, DataType, RecordKind, SchemaVersion } from "../../schemas/record_types.ts";
import { type StreamSubjects, streamSubjects } from "../../config/subjects.ts";
import { listOf } from "./options.ts";
import type { CommonOptions } from "./options.ts";
import type { Session } from "./session.ts";
import { UsageError } from "./usage_error.ts";

/** Values of the flags. */
export interface TargetOptions extends CommonOptions {
  readonly exchange?: readonly string[];
  readonly assetClass?: readonly string[];
  readonly dataType?: readonly string[];
  readonly all?: true;
}

/** Records of one exchange, data type and version: their topics, and the subjects of their schema. */
export interface TargetStream {
  readonly exchange: Exchange;
  readonly assetClass: AssetClass;
  readonly dataType: DataType;
  readonly kind: RecordKind;
  readonly version: SchemaVersion;
  readonly layout: TopicLayout;
  readonly subjects: StreamSubjects;
}

/** Adds the flags. */
export function addTargetOptions(command: Command): Command {
  return command
    .addOption(new Option("--exchange <name,…>", "only these exchanges of the catalogue").argParser(listOf))
    .addOption(
      new Option("--asset-class <name,…>", `only these asset classes (${ASSET_CLASSES.join(", ")})`).argParser(listOf),
    )
    .addOption(
      new Option("--data-type <name,…>", `only these data types (${DATA_TYPES.join(", ")})`).argParser(listOf),
    );
}

/** True if any of the flags was given. */
export function hasTargets({ exchange, assetClass, dataType, all }: TargetOptions): boolean {
  return exchange !== undefined || assetClass !== undefined || dataType !== undefined || all === true;
}

/**
 * The streams that the flags name; without flags all of the catalogue.
 *
 * @throws {CatalogueError} for a name that is not known.
 * @throws {UsageError} if no stream matches all flags.
 */
export function targetStreams(session: Session, options: TargetOptions): readonly TargetStream[] {
  const { catalogue } = session;
  const assetClasses = options.assetClass?.map(assetClassOf) ?? ASSET_CLASSES;
  const dataTypes = options.dataType?.map(dataTypeOf) ?? DATA_TYPES;
  const exchanges = options.exchange?.map((code) => catalogue.exchange(code)) ?? catalogue.exchanges();
  const streams = exchanges.flatMap((exchange) =>
    assetClasses.filter((assetClass) => exchange.assetClasses.includes(assetClass)).flatMap((assetClass) =>
      dataTypes.flatMap((dataType) => streamsOf(session, { exchange, assetClass, dataType }))
    )
  );
  if (streams.length === 0) {
    const traded = exchanges.map(({ code, assetClasses }) => `${code} (${assetClasses.join(", ")})`);
    throw new UsageError(`No exchange trades what is asked for: ${traded.join(", ")}.`);
  }
  return streams;
}

/** Streams by subject: several streams may share one. */
export function bySubject(streams: readonly TargetStream[]): ReadonlyMap<string, TargetStream> {
  const subjects = new Map<string, TargetStream>();
  for (const stream of streams) {
    const { own, ofTopic } = stream.subjects;
    for (const subject of [own, ofTopic]) if (subject !== null && !subjects.has(subject)) subjects.set(subject, stream);
  }
  return subjects;
}

function streamsOf(
  { settings }: Session,
  { exchange, assetClass, dataType }: {
    readonly exchange: Exchange;
    readonly assetClass: AssetClass;
    readonly dataType: DataType;
  },
): readonly TargetStream[] {
  const { schemaVersion, topics, schemas } = settings;
  const names = topicNamesFor(topics.pattern, { assetClass, dataType, exchange: exchange.code, schemaVersion });
  const kind = KIND_OF[dataType];
  return (["v1", "v2"] as const).flatMap((version): readonly TargetStream[] => {
    const name = names[version];
    if (name === undefined) return [];
    const record = loadSchema(kind, version).fullName;
    const parts = { topic: name, assetClass, dataType, exchange: exchange.code, record, version };
    const { topicSubject, subjects: { [version]: pattern } } = schemas;
    const subjects = streamSubjects(parts, { pattern, topicSubject });
    const layout = topicSpecFor({ name, dataType, exchange }, settings);
    return [{ exchange, assetClass, dataType, kind, version, layout, subjects }];
  });
}
