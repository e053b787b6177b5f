/**
 * `dlq export`: copies of dead letters, in files or in a topic.
 *
 * @module
 */
import type { Command } from "commander";
import { resolve } from "node:path";
import { parseOwnTopicName, TopicNameError, topicNameProblem } from "../../config/topics.ts";
import { StateDatabase } from "../../state/database.ts";
import { DeadLetterStore } from "../../state/dead_letters.ts";
import { addCommand, onRun } from "../shared/command.ts";
import type { Cli } from "../shared/context.ts";
import { EXIT, type ExitCode, exitCodeOfSignal } from "../shared/exit_codes.ts";
import { grouped } from "../shared/progress.ts";
import type { Session } from "../shared/session.ts";
import { UsageError } from "../shared/usage_error.ts";
import { addFilters, afterOption, filterOf, type FilterOptions, sayNone } from "../dlq/letter_filter.ts";
import { exportToTopic, type TopicExport } from "../dlq/topic_export.ts";

interface ExportOptions extends FilterOptions {
  readonly toTopic?: string;
}

/** Adds the verb to `dlq`. */
export function registerExport(dlq: Command, cli: Cli): void {
  const command = addCommand(dlq, {
    name: "export",
    needs: "brokers",
    summary: "copy dead letters to files of JSON lines, or to a topic",
    details:
      "An export removes no letter. A file is named by its first letter, and no file is overwritten; the command prints " +
      "their names, with --json as {segments, letters, last}. In a topic each letter is one record: its value holds the " +
      "original bytes, its headers the rest. An export resumes after the last letter of the export before it (with the " +
      "same flags), and writes no letter twice, however that one ended. With --json {topic, letters, found_in_topic, last, complete, " +
      "restarted}. docs/dead_letters.md describes lines and records.",
    examples: [
      "dlq export letters/",
      "dlq export letters/ --after 1200",
      "dlq export --to-topic market.dead-letters --brokers 127.0.0.1:9092",
    ],
  })
    .argument("[folder]", "folder for the files; it is made if it does not exist")
    .option(
      "--to-topic <name>",
      "write to this topic, of --brokers or of the embedded log; it is made if it does not exist",
    );
  addFilters(command).addOption(afterOption());
  onRun<ExportOptions>(command, cli, async (session, { options, operands: [folder] }) => {
    const { toTopic, after } = options;
    if ((folder === undefined) === (toTopic === undefined)) {
      throw new UsageError("dlq export needs either a folder or --to-topic.", "Name one of the two.");
    }
    if (folder !== undefined) return await exportToFolder(session, { options, folder });
    if (after !== undefined) {
      throw new UsageError("--after is for files.", "An export to a topic knows where the export before it ended.");
    }
    return await runTopicExport(session, { options, topic: toTopic ?? "" });
  });
}

async function exportToFolder(
  session: Session,
  { options, folder }: { readonly options: ExportOptions; readonly folder: string },
): Promise<ExitCode> {
  using database = StateDatabase.openReadOnly(session.settings.dataDir);
  const { after = 0 } = options;
  const result = database === null
    ? { segments: [], letters: 0, last: after }
    : await new DeadLetterStore(database).exportJsonl(resolve(session.cli.cwd, folder), {
      ...filterOf(options),
      after,
    });
  if (session.json) session.printJson(result);
  else {for (const { file, letters } of result.segments) {
      session.print(`${file}  ${lettersText(letters)}`);
    }}
  if (result.letters === 0) sayNone(session, options);
  else session.say(`The last one is ${result.last}: --after ${result.last} resumes there.`);
  return EXIT.ok;
}

async function runTopicExport(
  session: Session,
  { options, topic }: { readonly options: ExportOptions; readonly topic: string },
): Promise<ExitCode> {
  const { settings, cli } = session;
  checkTopic(session, topic);
  await using _lock = await session.lockDataDir("dlq export");
  using database = StateDatabase.open(settings.dataDir);
  const { rule, sourcePart, dataType } = filterOf(options);
  await using opened = await session.openLog({ writeFor: "dlq export", locked: true });
  const result = await exportToTopic({
    database,
    log: opened.log,
    topic,
    partitioner: settings.topics.partitioner,
    create: { allowed: settings.topics.create, replicationFactor: settings.topics.replicationFactor },
    filter: { rule, sourcePart, dataType },
    signal: cli.stop.take("Stopping: what is under way settles first. A second signal ends at once."),
    clock: cli.clock,
    observe: session.observer,
  });
  return finish(session, { options, result });
}

/** Refuses topics of market data, because their consumers would take a dead letter for a broken record. */
function checkTopic({ settings: { topics: { pattern } } }: Session, topic: string): void {
  const problem = topicNameProblem(topic);
  if (problem !== null) throw new TopicNameError(topic, problem);
  if (parseOwnTopicName(topic, pattern) === null) return;
  throw new UsageError(`${topic} is a topic of records.`, "Name a topic that holds only dead letters.");
}

function finish(
  session: Session,
  { options, result }: { readonly options: ExportOptions; readonly result: TopicExport },
): ExitCode {
  const { topic, letters, found_in_topic, last, complete, restarted } = result;
  if (session.json) session.printJson(result);
  else if (last > 0) session.print(`${topic}  ${lettersText(letters)}`);
  if (restarted !== null) session.say(RESTARTED[restarted]);
  if (found_in_topic > 0) session.say(`${grouped(found_in_topic)} more were there already.`);
  if (last === 0) sayNone(session, options);
  else {session.say(
      complete ? `The last one is ${last}.` : `Stopped after ${last}: the same command resumes there.`,
    );}
  const { received } = session.cli.stop;
  if (complete) return EXIT.ok;
  return received === null ? EXIT.failed : exitCodeOfSignal(received);
}

const RESTARTED: Readonly<Record<NonNullable<TopicExport["restarted"]>, string>> = {
  topic_changed: "The topic is another one than before: all letters were exported again.",
  damaged: "The note that says where the export before it ended is damaged: all letters were exported again.",
};

function lettersText(letters: number): string {
  return letters === 1 ? "1 letter" : `${grouped(letters)} letters`;
}
