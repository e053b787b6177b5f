/**
 * `dlq`: the rows that could not be written: which they are, why, and once more.
 *
 * @module
 */
import type { Command } from "commander";
import { resolve } from "node:path";
import { DATA_TYPES, dataTypeOf } from "../../config/catalogue.ts";
import { StateDatabase } from "../../state/database.ts";
import { deadLetterJson } from "../../state/dead_letter_export.ts";
import { type DeadLetterFilter, DeadLetterStore } from "../../state/dead_letters.ts";
import { addCommand, onRun } from "../cli/command.ts";
import type { Cli } from "../cli/context.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { type CommonOptions, oneOf, wholeNumber } from "../cli/options.ts";
import { grouped } from "../cli/progress.ts";
import type { Session } from "../cli/session.ts";
import { formatTable } from "../cli/table.ts";
import { addFilterOptions, type FilterFlags, letterIdOf, noSuchLetters } from "../dlq/filter_options.ts";
import { letterLines, letterTable } from "../dlq/letter_text.ts";
import { registerReplay } from "./dlq_replay.ts";

interface FilterOptions extends CommonOptions, FilterFlags {
  readonly dataType?: string;
  readonly after?: number;
}

interface ListOptions extends FilterOptions {
  readonly limit?: number;
  readonly counts?: true;
}

const LIST_LIMIT = 100;
/** Letters in memory at once may have a megabyte each. */
const PAGE = 100;

/** Adds the command to the program. */
export function register(program: Command, cli: Cli): void {
  const dlq = addCommand(program, {
    name: "dlq",
    summary: "look at dead letters, export them, replay them after a fix",
  });
  registerList(dlq, cli);
  registerShow(dlq, cli);
  registerReplay(dlq, cli);
  registerExport(dlq, cli);
}

function registerList(dlq: Command, cli: Cli): void {
  const command = addCommand(dlq, {
    name: "list",
    summary: "list the dead letters of --data-dir",
    details: "In the order of recording. With --json one object a line, with the original bytes as base64 and, where " +
      "they are UTF-8, as text. May run while a load does.",
    examples: ["dlq list --counts", "dlq list --reason ambiguous_local_time --source 7078.csv"],
  });
  addFilters(command)
    .addOption(wholeNumber("--limit <n>", `most letters that are shown (default: ${LIST_LIMIT})`, { min: 1 }))
    .addOption(afterOption())
    .option("--counts", "only how many there are, by rule and by source");
  onRun<ListOptions>(command, cli, (session, { options }) => {
    using database = StateDatabase.openReadOnly(session.settings.dataDir);
    const store = database === null ? null : new DeadLetterStore(database);
    if (store === null || store.count(filterOf(options)) === 0) sayNone(session, options);
    if (options.counts) showCounts(session, { store, filter: filterOf(options) });
    else if (store !== null) showList(session, { store, options });
    return Promise.resolve(EXIT.ok);
  });
}

function registerShow(dlq: Command, cli: Cli): void {
  const command = addCommand(dlq, {
    name: "show",
    summary: "show one dead letter",
    details:
      "Everything that is known of it, and the original bytes: as text with control characters written out, or " +
      "in hexadecimal digits where they are not UTF-8.",
    examples: ["dlq show 17"],
  }).argument("<id>", "number of the letter", letterIdOf);
  onRun<CommonOptions>(command, cli, (session, { operands: [operand = ""] }) => {
    const id = letterIdOf(operand);
    using database = StateDatabase.openReadOnly(session.settings.dataDir);
    const letter = database === null ? null : new DeadLetterStore(database).get(id);
    if (letter === null) throw noSuchLetters([id]);
    if (session.json) session.printJson(deadLetterJson(letter));
    else for (const line of letterLines(letter)) session.print(line);
    return Promise.resolve(EXIT.ok);
  });
}

function registerExport(dlq: Command, cli: Cli): void {
  const command = addCommand(dlq, {
    name: "export",
    summary: "write dead letters to files of JSON lines",
    details:
      "The files are named by their first letter and overwrite nothing; docs/dead_letters.md describes the lines. " +
      "An export is a copy: it removes no letter. Prints the files, with --json as {segments, letters, last}.",
    examples: ["dlq export letters/", "dlq export letters/ --after 1200"],
  }).argument("<folder>", "folder for the files, made if it is not there");
  addFilters(command).addOption(afterOption());
  onRun<FilterOptions>(command, cli, async (session, { options, operands: [folder = ""] }) => {
    using database = StateDatabase.openReadOnly(session.settings.dataDir);
    const { after = 0 } = options;
    const result = database === null
      ? { segments: [], letters: 0, last: after }
      : await new DeadLetterStore(database).exportJsonl(resolve(cli.cwd, folder), { ...filterOf(options), after });
    if (session.json) session.printJson(result);
    else for (const { file, letters } of result.segments) session.print(`${file}  ${grouped(letters)} letters`);
    if (result.letters === 0) sayNone(session, options);
    else session.say(`The last one is ${result.last}: --after ${result.last} goes on from there.`);
    return EXIT.ok;
  });
}

function addFilters(command: Command): Command {
  return addFilterOptions(command).addOption(oneOf("--data-type <type>", "only letters of this data type", DATA_TYPES));
}

function afterOption() {
  return wholeNumber("--after <id>", "only letters after this one", { min: 0 });
}

function filterOf({ reason, source, dataType }: FilterOptions): DeadLetterFilter {
  return { rule: reason, sourcePart: source, dataType: dataType === undefined ? undefined : dataTypeOf(dataType) };
}

function sayNone(session: Session, { reason, source, dataType, after }: FilterOptions): void {
  const filtered = [reason, source, dataType, after].some((value) => value !== undefined);
  session.say(`There are no ${filtered ? "such " : ""}dead letters in ${session.settings.dataDir}.`);
}

function showList(session: Session, { store, options }: { store: DeadLetterStore; options: ListOptions }): void {
  const { limit = LIST_LIMIT } = options;
  const filter = filterOf(options);
  const rows = [];
  let { after = 0 } = options;
  let shown = 0;
  while (shown < limit) {
    const page = store.list({ ...filter, after, limit: Math.min(PAGE, limit - shown) });
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.id;
    shown += page.length;
    if (session.json) { for (const letter of page) session.printJson(deadLetterJson(letter)); }
    // The table needs no bytes, which may be many.
    else rows.push(...page.map((letter) => ({ ...letter, bytes: new Uint8Array(0) })));
  }
  if (rows.length > 0) session.cli.stdout.write(letterTable(rows, session.cli.cwd));
  if (store.list({ ...filter, after, limit: 1 }).length > 0) session.say(`There are more: add --after ${after}.`);
}

function showCounts(
  session: Session,
  { store, filter }: { store: DeadLetterStore | null; filter: DeadLetterFilter },
): void {
  const countBy = (group: "rule" | "source" | "stage" | "data_type") => store?.countBy(group, filter) ?? {};
  const letters = store?.count(filter) ?? 0;
  if (session.json) {
    return session.printJson({
      letters,
      rules: countBy("rule"),
      sources: countBy("source"),
      stages: countBy("stage"),
      data_types: countBy("data_type"),
    });
  }
  if (letters === 0) return;
  for (const [title, group] of [["RULE", "rule"], ["SOURCE", "source"]] as const) {
    const rows = Object.entries(countBy(group)).map(([name, count]) => [name, grouped(count)]);
    session.cli.stdout.write(formatTable([{ title }, { title: "LETTERS", align: "right" }], rows));
  }
}
