/**
 * `dlq`: lists the rows that could not be written, says why, and writes them again.
 *
 * @module
 */
import type { Command } from "commander";
import { StateDatabase } from "../../state/database.ts";
import { deadLetterJson } from "../../state/dead_letter_export.ts";
import { type DeadLetterFilter, DeadLetterStore } from "../../state/dead_letters.ts";
import { addCommand, onRun } from "../shared/command.ts";
import type { Cli } from "../shared/context.ts";
import { EXIT } from "../shared/exit_codes.ts";
import { type CommonOptions, wholeNumber } from "../shared/options.ts";
import { grouped } from "../shared/progress.ts";
import type { Session } from "../shared/session.ts";
import { formatTable } from "../shared/table.ts";
import { letterIdOf, noSuchLetters } from "../dlq/filter_options.ts";
import { addFilters, afterOption, filterOf, type FilterOptions, sayNone } from "../dlq/letter_filter.ts";
import { letterLines, letterTable } from "../dlq/letter_text.ts";
import { registerExport } from "./dlq_export.ts";
import { registerDrop } from "./dlq_drop.ts";
import { registerReplay } from "./dlq_replay.ts";

interface ListOptions extends FilterOptions {
  readonly limit?: number;
  readonly counts?: true;
}

const LIST_LIMIT = 100;
/** Maximum number of letters in memory, and in one table: each may have a megabyte. */
const PAGE = 100;

/** Adds the command to the program. */
export function register(program: Command, cli: Cli): void {
  const dlq = addCommand(program, {
    name: "dlq",
    summary: "look at dead letters, export them, replay them after a fix, drop them",
  });
  registerList(dlq, cli);
  registerShow(dlq, cli);
  registerReplay(dlq, cli);
  registerExport(dlq, cli);
  registerDrop(dlq, cli);
}

function registerList(dlq: Command, cli: Cli): void {
  const command = addCommand(dlq, {
    name: "list",
    needs: "neither",
    summary: "list the dead letters of --data-dir",
    details: "In the order of recording. With --json one object a line, with the original bytes as base64 and, where " +
      "they are UTF-8, as text. A load ends with exit code 4 while its letters are open; letters of a source that was loaded from its start " +
      "since are retired. You may run it during a load.",
    examples: ["dlq list --counts", "dlq list --reason ambiguous_local_time --source 7078.csv"],
  });
  addFilters(command)
    .addOption(wholeNumber("--limit <n>", `maximum letters to show (default: ${LIST_LIMIT})`, { min: 1 }))
    .addOption(afterOption())
    .option("--counts", "show only how many there are, by rule and by source");
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
    needs: "neither",
    summary: "show one dead letter",
    details:
      "Prints all that is known of the letter, and its original bytes: as text with control characters written out, or " +
      "in hexadecimal digits where they are not UTF-8.",
    examples: ["dlq show 17"],
  }).argument("<id>", "number of the letter", letterIdOf);
  onRun<CommonOptions>(command, cli, (session, { operands: [operand = ""] }) => {
    const id = letterIdOf(operand);
    using database = StateDatabase.openReadOnly(session.settings.dataDir);
    const letter = database === null ? null : new DeadLetterStore(database).get(id);
    if (letter === null) throw noSuchLetters(session, [id]);
    if (session.json) session.printJson(deadLetterJson(letter));
    else for (const line of letterLines(letter)) session.print(line);
    return Promise.resolve(EXIT.ok);
  });
}

function showList(session: Session, { store, options }: { store: DeadLetterStore; options: ListOptions }): void {
  const { limit = LIST_LIMIT } = options;
  const filter = filterOf(options);
  let { after = 0 } = options;
  let shown = 0;
  while (shown < limit) {
    const page = store.list({ ...filter, after, limit: Math.min(PAGE, limit - shown) });
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.id;
    shown += page.length;
    if (session.json) { for (const letter of page) session.printJson(deadLetterJson(letter)); }
    else session.cli.stdout.write(letterTable(page, session.cli.cwd));
  }
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
      open: store?.count({ ...filter, state: "open" }) ?? 0,
      rules: countBy("rule"),
      sources: countBy("source"),
      stages: countBy("stage"),
      data_types: countBy("data_type"),
    });
  }
  if (letters === 0) return;
  const open = store?.count({ ...filter, state: "open" }) ?? 0;
  if (open < letters) session.say(`${grouped(open)} of ${grouped(letters)} are open, the others retired.`);
  for (const [title, group] of [["RULE", "rule"], ["SOURCE", "source"]] as const) {
    const rows = Object.entries(countBy(group)).map(([name, count]) => [name, grouped(count)]);
    session.cli.stdout.write(formatTable([{ title }, { title: "LETTERS", align: "right" }], rows));
  }
}
