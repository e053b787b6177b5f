/**
 * `topics`: lists the topics, and creates those that are needed.
 *
 * @module
 */
import type { Command } from "commander";
import { judgeTopic } from "../../actors/lookup/topic_verdict.ts";
import { compactionProblem, compactionSteps, isCompacted, mustKeepAll } from "../../config/compacted_topics.ts";
import { type ParsedTopicName, parseOwnTopicName, type TopicLayout, topicSpecFor } from "../../config/topics.ts";
import type { Settings } from "../../config/settings.ts";
import { LogError } from "../../transport/log.ts";
import type { Log, LogAdmin, PartitionOffsets, TopicDescription } from "../../transport/log.ts";
import { TopicContents } from "../../transport/topic_contents.ts";
import { addCommand, onRun } from "../shared/command.ts";
import type { Cli } from "../shared/context.ts";
import { EXIT, type ExitCode } from "../shared/exit_codes.ts";
import type { CommonOptions } from "../shared/options.ts";
import { grouped } from "../shared/progress.ts";
import { plainInteger } from "../shared/session.ts";
import type { Session } from "../shared/session.ts";
import { formatTable } from "../shared/table.ts";
import { addTargetOptions, hasTargets, targetStreams } from "../shared/targets.ts";
import type { TargetOptions, TargetStream } from "../shared/targets.ts";
import { UsageError } from "../shared/usage_error.ts";
import { layoutDifferences } from "../topics/layout_differences.ts";

interface ListOptions extends CommonOptions {
  readonly all?: true;
  readonly partitions?: true;
}

interface ListedTopic {
  readonly description: TopicDescription;
  readonly offsets: readonly PartitionOffsets[];
  /** The parts of its name, e.g. `equities trades ASX`; `null` if no pattern of the settings made it. */
  readonly holds: string | null;
  /** How it differs from a topic that this program would create; empty if no pattern made it or if its exchange is unknown. */
  readonly differences: readonly string[];
}

/** Adds the command to the program. */
export function register(program: Command, cli: Cli): void {
  const topics = addCommand(program, { name: "topics", summary: "list topics, and create those that are needed" });
  registerList(topics, cli);
  registerEnsure(topics, cli);
}

function registerList(topics: Command, cli: Cli): void {
  const command = addCommand(topics, {
    name: "list",
    needs: "brokers",
    summary: "list topics with partitions, offsets and replication",
    details: "Topics whose name no pattern of the settings makes are left out without --all. With --json an array of " +
      "{topic, holds, partitions, replication_factor, records, config, differences, offsets}: differences from how it " +
      "would have been created.",
    examples: ["topics list", "topics list --partitions --json"],
  })
    .option("--all", "also topics that belong to Kafka itself or to other programs")
    .option("--partitions", "one line per partition");
  onRun<ListOptions>(command, cli, async (session, { options }) => {
    await using opened = await session.openLog();
    const listed = await listTopics(opened.log, { session, all: options.all ?? false });
    if (session.json) session.printJson(listed.map(topicJson));
    else cli.stdout.write(options.partitions ? partitionTable(listed) : topicTable(listed));
    if (listed.length === 0) session.say("There are no topics yet. deno task topics ensure creates them.");
    return EXIT.ok;
  });
}

function registerEnsure(topics: Command, cli: Cli): void {
  const command = addTargetOptions(addCommand(topics, {
    name: "ensure",
    needs: "brokers",
    summary: "create the topics that are missing",
    details: "Partitions and settings come from the exchange catalogue and the config file. Topics that are there " +
      "already are never altered, only compared; one of trades or quotes that Kafka compacts is exit code 5, unless " +
      "topics.compacted allows it, and one that holds what may not be mixed with the records is exit code 3. With --json " +
      "an array of {topic, created, partitions, differences, doubts, refused}.",
    examples: ["topics ensure --exchange ASX", "topics ensure --all --schema-version both"],
  })).option("--all", "all exchanges of the catalogue");
  onRun<TargetOptions>(command, cli, async (session, { options }) => {
    if (!hasTargets(options)) {
      throw new UsageError(
        "topics ensure does not know which topics are needed.",
        "Name an exchange with --exchange, or ask for all with --all.",
      );
    }
    const needed = new Map(targetStreams(session, options).map((stream) => [stream.layout.name, stream]));
    await using opened = await session.openLog({ writeFor: "topics ensure" });
    await using schemas = await session.openRegistry();
    const contents = new TopicContents({ log: opened.log, registry: schemas.registry });
    const results: EnsuredTopic[] = [];
    let exitCode: ExitCode = EXIT.ok;
    for (const stream of needed.values()) {
      const result = await ensureTopic(opened.log.admin, stream, session.settings);
      const judged = result.created || result.refused !== null ? result : await withContents(result, {
        stream,
        contents,
        session,
      });
      results.push(judged);
      if (result.refused !== null) exitCode = EXIT.final;
      else if (judged.refused !== null && exitCode === EXIT.ok) exitCode = EXIT.configuration;
    }
    if (session.json) session.printJson(results);
    else for (const result of results) session.print(ensuredText(result));
    return exitCode;
  });
}

/** The result for a needed topic. */
interface EnsuredTopic {
  readonly topic: string;
  readonly created: boolean;
  readonly partitions: number;
  /** How a topic that was there differs from one that this program would create. */
  readonly differences: readonly string[];
  /** What in its records may trouble its consumers. */
  readonly doubts: readonly string[];
  /** Why nothing is written to it; null if it can be used. */
  readonly refused: string | null;
}

async function ensureTopic(
  admin: LogAdmin,
  { layout, dataType }: TargetStream,
  settings: Settings,
): Promise<EnsuredTopic> {
  const keepAll = mustKeepAll(dataType, settings);
  try {
    await admin.createTopic(layout);
    const { name: topic, partitions } = layout;
    return { topic, created: true, partitions, differences: [], doubts: [], refused: null };
  } catch (error) {
    if (!(error instanceof LogError) || error.code !== "topic_exists") throw error;
  }
  const there = await admin.describeTopic(layout.name);
  if (there === null) throw new LogError("unknown_topic", `topic ${layout.name} was deleted while it was looked at`);
  return {
    topic: layout.name,
    created: false,
    partitions: there.partitions,
    differences: layoutDifferences(there, layout),
    doubts: [],
    refused: keepAll && isCompacted(there.config)
      ? `${compactionProblem(there.name, there.config)}. ${compactionSteps(there.name)}`
      : null,
  };
}

/** Judges an existing topic by its records. */
async function withContents(
  ensured: EnsuredTopic,
  { stream: { layout: { name: topic }, kind, version }, contents, session }: {
    readonly stream: TargetStream;
    readonly contents: TopicContents;
    readonly session: Session;
  },
): Promise<EnsuredTopic> {
  const sample = await contents.sample(topic);
  const { refusal, doubts } = judgeTopic(sample, { topic, kind, version }, session.settings.topics);
  return { ...ensured, doubts: doubts.map(({ text }) => text), refused: refusal?.message ?? null };
}

function ensuredText({ topic, created, differences, doubts, refused }: EnsuredTopic): string {
  if (refused !== null) return `refused   ${topic}: ${refused}`;
  if (created) return `created   ${topic}`;
  const notes = [...(differences.length === 0 ? [] : [`left as it is: ${differences.join(", ")}`]), ...doubts];
  return `is there  ${topic}${notes.length === 0 ? "" : ` (${notes.join("; ")})`}`;
}

/** The topics that the settings' patterns make; with `all` the others too. */
export async function listTopics(
  log: Log,
  { session, all }: { readonly session: Session; readonly all: boolean },
): Promise<readonly ListedTopic[]> {
  const names = [...await log.admin.listTopics()].sort();
  const listed: ListedTopic[] = [];
  for (const name of names) {
    const parsed = parseOwnTopicName(name, session.settings.topics.pattern);
    if (parsed === null && !all) continue;
    const description = await log.admin.describeTopic(name);
    if (description === null) continue;
    const layout = parsed === null ? null : layoutOf(name, parsed, session);
    const differences = layout === null ? [] : layoutDifferences(description, layout);
    listed.push({ description, offsets: await log.admin.offsets(name), holds: holdsText(parsed), differences });
  }
  return listed;
}

function holdsText(parsed: ParsedTopicName | null): string | null {
  if (parsed === null) return null;
  return [parsed.assetClass, parsed.dataType, parsed.exchange?.toUpperCase()].filter(Boolean).join(" ");
}

function layoutOf(
  name: string,
  { dataType, exchange: code }: ParsedTopicName,
  { catalogue, settings }: Session,
): TopicLayout | null {
  const exchange = catalogue.exchanges().find((each) => each.code.toLowerCase() === code);
  return exchange === undefined ? null : topicSpecFor({ name, dataType, exchange }, settings);
}

function recordsIn(offsets: readonly PartitionOffsets[]): bigint {
  return offsets.reduce((sum, { start, end }) => sum + end - start, 0n);
}

function topicJson({ description, offsets, holds, differences }: ListedTopic): unknown {
  return {
    topic: description.name,
    holds,
    partitions: description.partitions,
    replication_factor: description.replicationFactor,
    records: plainInteger(recordsIn(offsets)),
    config: description.config,
    differences,
    offsets: offsets.map(({ partition, start, end }) => ({
      partition,
      start: plainInteger(start),
      end: plainInteger(end),
    })),
  };
}

function topicTable(listed: readonly ListedTopic[]): string {
  const columns = [
    { title: "TOPIC" },
    { title: "HOLDS" },
    { title: "PARTITIONS", align: "right" as const },
    { title: "RECORDS", align: "right" as const },
    { title: "REPLICAS", align: "right" as const },
    { title: "CLEANUP" },
    { title: "DIFFERS" },
  ];
  return formatTable(
    columns,
    listed.map(({ description, offsets, holds, differences }) => [
      description.name,
      holds ?? "",
      String(description.partitions),
      grouped(recordsIn(offsets)),
      String(description.replicationFactor),
      description.config["cleanup.policy"] ?? "",
      differences.join(", "),
    ]),
  );
}

function partitionTable(listed: readonly ListedTopic[]): string {
  const right = (title: string) => ({ title, align: "right" as const });
  return formatTable(
    [{ title: "TOPIC" }, right("PARTITION"), right("START"), right("END"), right("RECORDS")],
    listed.flatMap(({ description, offsets }) =>
      offsets.map(({ partition, start, end }) => [
        description.name,
        String(partition),
        String(start),
        String(end),
        grouped(end - start),
      ])
    ),
  );
}
