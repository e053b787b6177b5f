/**
 * `dlq drop`: removes dead letters that need no care any more.
 *
 * @module
 */
import type { Command } from "commander";
import { StateDatabase } from "../../state/database.ts";
import { type DeadLetterFilter, DeadLetterStore } from "../../state/dead_letters.ts";
import { lockDataDir } from "../../state/lock.ts";
import { addCommand, onRun } from "../shared/command.ts";
import type { Cli } from "../shared/context.ts";
import { EXIT } from "../shared/exit_codes.ts";
import { grouped } from "../shared/progress.ts";
import { UsageError } from "../shared/usage_error.ts";
import { letterIdOf, noSuchLetters } from "../dlq/filter_options.ts";
import { addFilters, filterOf, type FilterOptions, sayNone } from "../dlq/letter_filter.ts";

interface DropOptions extends FilterOptions {
  readonly all?: true;
  readonly dryRun?: true;
}

/** Adds the verb to `dlq`. */
export function registerDrop(dlq: Command, cli: Cli): void {
  const command = addCommand(dlq, {
    name: "drop",
    needs: "neither",
    summary: "forget dead letters, for good",
    details:
      "Removes the letters that you name, or that the flags select, with their original bytes. It asks no question: --dry-run " +
      "says how many, and dlq export keeps a copy. Their rows are in no topic unless something else has written them. With " +
      "--json {letters, dropped}.",
    examples: [
      "dlq drop --state retired",
      "dlq drop --reason blank_line --source 7078.csv --dry-run",
      "dlq drop 17 18",
    ],
  }).argument("[id...]", "numbers of the letters");
  addFilters(command)
    .option("--all", "every letter there is")
    .option("--dry-run", "drop nothing; say how many there are");
  onRun<DropOptions>(command, cli, async (session, { options, operands }) => {
    const ids = operands.map(letterIdOf);
    const filter: DeadLetterFilter = { ...filterOf(options), ids: ids.length === 0 ? undefined : ids };
    checkChoice(filter, options);
    const { dataDir } = session.settings;
    if (options.dryRun) {
      using database = StateDatabase.openReadOnly(dataDir);
      return report(database === null ? 0 : countOf(new DeadLetterStore(database)), 0);
    }
    await using _lock = await lockDataDir(dataDir, { command: "dlq drop" });
    using database = StateDatabase.open(dataDir);
    const store = new DeadLetterStore(database);
    const letters = countOf(store);
    return report(letters, store.drop(filter));

    function countOf(letters: DeadLetterStore): number {
      const absent = ids.filter((id) => letters.get(id) === null);
      if (absent.length > 0) throw noSuchLetters(session, absent);
      return letters.count(filter);
    }

    function report(letters: number, dropped: number) {
      if (session.json) session.printJson({ letters, dropped });
      else if (letters === 0) sayNone(session, options);
      else if (options.dryRun) session.print(`${grouped(letters)} dead letters would be dropped.`);
      else session.print(dropped === 1 ? "1 dead letter dropped." : `${grouped(dropped)} dead letters dropped.`);
      return EXIT.ok;
    }
  });
}

/** A drop cannot be undone, so the user must say explicitly that all letters are meant. @throws {UsageError} */
function checkChoice(filter: DeadLetterFilter, { all }: DropOptions): void {
  const chosen = Object.values(filter).some((value) => value !== undefined);
  if (all && filter.ids !== undefined) {
    throw new UsageError("--all and numbers of letters are two choices.", "Leave one out.");
  }
  if (!all && !chosen) {
    throw new UsageError(
      "dlq drop needs to know which letters.",
      "Give their numbers, --reason, --source, --data-type or --state, or --all for every letter there is.",
    );
  }
}
