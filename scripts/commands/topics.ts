/**
 * `topics`: which topics there are, and those that are needed.
 *
 * @module
 */
import type { Command } from "commander";
import { compactionProblem, compactionSteps, isCompacted, mustKeepAll } from "../../config/compacted_topics.ts";
import { parseTopicName, topicPatternFor } from "../../config/topics.ts";
import type { TopicLayout } from "../../config/topics.ts";
import { LogError } from "../../transport/log.ts";
import type { Log, LogAdmin, PartitionOffsets, TopicDescription } from "../../transport/log.ts";
import { addCommand, onRun } from "../cli/command.ts";
import type { Cli } from "../cli/context.ts";
import { EXIT } from "../cli/exit_codes.ts";
import type { CommonOptions } from "../cli/options.ts";
import { grouped } from "../cli/progress.ts";
import { plainInteger } from "../cli/session.ts";
import type { Session } from "../cli/session.ts";
import { formatTable } from "../cli/table.ts";
import { addTargetOptions, hasTargets, targetStreams } from "../cli/targets.ts";
import type { TargetOptions } from "../cli/targets.ts";
import { UsageError } from "../cli/usage_error.ts";
import { layoutDifferences } from "../topics/layout_differences.ts";

interface ListOptions extends CommonOptions {
  readonly all?: true;
  readonly partitions?: true;
}

interface ListedTopic {
  readonly description: TopicDescription;
  readonly offsets: readonly PartitionOffsets[];
  /** What its name says, e.g. `equities trades ASX`; `null` if no pattern of the settings made it. */
  readonly holds: string | null;
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
      "{topic, holds, partitions, replication_factor, records, config, offsets}.",
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
      "topics.compacted allows it. With --json an array of {topic, created, partitions, differences, refused}.",
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
    const results: EnsuredTopic[] = [];
    for (const { layout, dataType } of needed.values()) {
      const keepAll = mustKeepAll(dataType, session.settings);
      results.push(await ensureTopic(opened.log.admin, layout, keepAll));
    }
    if (session.json) session.printJson(results);
    else for (const result of results) session.print(ensuredText(result));
    return results.some(({ refused }) => refused !== null) ? EXIT.final : EXIT.ok;
  });
}

/** What became of a topic that is needed. */
interface EnsuredTopic {
  readonly topic: string;
  readonly created: boolean;
  readonly partitions: number;
  /** How a topic that was there differs from what would have been created. */
  readonly differences: readonly string[];
  /** Why nothing is written to it; null if it can be used. */
  readonly refused: string | null;
}

async function ensureTopic(admin: LogAdmin, layout: TopicLayout, keepAll: boolean): Promise<EnsuredTopic> {
  try {
    await admin.createTopic(layout);
    return { topic: layout.name, created: true, partitions: layout.partitions, differences: [], refused: null };
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
    refused: keepAll && isCompacted(there.config)
      ? `${compactionProblem(there.name, there.config)}. ${compactionSteps(there.name)}`
      : null,
  };
}

function ensuredText({ topic, created, differences, refused }: EnsuredTopic): string {
  if (refused !== null) return `refused   ${topic}: ${refused}`;
  if (created) return `created   ${topic}`;
  return `is there  ${topic}${differences.length === 0 ? "" : ` (left as it is: ${differences.join(", ")})`}`;
}

/** The topics that the settings' patterns make; with `all` the others too. */
export async function listTopics(
  log: Log,
  { session, all }: { readonly session: Session; readonly all: boolean },
): Promise<readonly ListedTopic[]> {
  const names = [...await log.admin.listTopics()].sort();
  const listed: ListedTopic[] = [];
  for (const name of names) {
    const holds = contentOf(name, session);
    if (holds === null && !all) continue;
    const description = await log.admin.describeTopic(name);
    if (description !== null) listed.push({ description, offsets: await log.admin.offsets(name), holds });
  }
  return listed;
}

function contentOf(name: string, { settings: { topics: { pattern } } }: Session): string | null {
  for (const version of ["v2", "v1"] as const) {
    for (const sideBySide of [true, false]) {
      const parsed = parseTopicName(name, topicPatternFor(pattern, { version, sideBySide }));
      if (parsed === null) continue;
      return [parsed.assetClass, parsed.dataType, parsed.exchange?.toUpperCase()].filter(Boolean).join(" ");
    }
  }
  return null;
}

function recordsIn(offsets: readonly PartitionOffsets[]): bigint {
  return offsets.reduce((sum, { start, end }) => sum + end - start, 0n);
}

function topicJson({ description, offsets, holds }: ListedTopic): unknown {
  return {
    topic: description.name,
    holds,
    partitions: description.partitions,
    replication_factor: description.replicationFactor,
    records: plainInteger(recordsIn(offsets)),
    config: description.config,
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
  ];
  return formatTable(
    columns,
    listed.map(({ description, offsets, holds }) => [
      description.name,
      holds ?? "",
      String(description.partitions),
      grouped(recordsIn(offsets)),
      String(description.replicationFactor),
      description.config["cleanup.policy"] ?? "",
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
