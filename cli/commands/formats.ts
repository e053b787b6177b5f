/**
 * `formats`: lists the formats of files, and shows and checks their mappings.
 *
 * @module
 */
import type { Command } from "commander";
import { resolve } from "node:path";
import { DATA_TYPE_OF } from "../../schemas/record_types.ts";
import { formatNamed, FORMATS } from "../../sources/formats/formats.ts";
import { readFormat } from "../../sources/formats/read_format.ts";
import { SHIPPED_MAPPINGS } from "../../sources/formats/shipped_mappings.ts";
import { addCommand, onRun } from "../shared/command.ts";
import type { Cli } from "../shared/context.ts";
import { EXIT } from "../shared/exit_codes.ts";
import { formatTable } from "../shared/table.ts";

const KINDS = ["trade", "quote", "reference_data"] as const;

/** Adds the command to the program. */
export function register(program: Command, cli: Cli): void {
  const formats = addCommand(program, {
    name: "formats",
    summary: "list the formats of files, show and check mappings",
  });
  const list = addCommand(formats, { name: "list", summary: "list all formats" });
  onRun(list, cli, (session) => {
    const rows = FORMATS.map(({ name, summary, rows }) => ({
      name,
      data_types: KINDS.flatMap((kind) => kind in rows ? [DATA_TYPE_OF[kind]] : []),
      summary,
    }));
    if (session.json) session.printJson(rows);
    else {
      cli.stdout.write(
        formatTable(
          [{ title: "format" }, { title: "rows" }, { title: "files" }],
          rows.map((row) => [row.name, row.data_types.join(", "), row.summary]),
        ),
      );
    }
    return Promise.resolve(EXIT.ok);
  });
  const show = addCommand(formats, {
    name: "show",
    summary: "print the mapping of a format",
    details:
      "A format with several kinds of rows has a mapping for each. Change a copy, and give its path as --format.",
  }).argument("<name>", "name of the format");
  onRun(show, cli, (_session, { operands: [name = ""] }) => {
    formatNamed(name);
    const mappings = SHIPPED_MAPPINGS.filter((mapping) => mapping.name === name);
    for (const mapping of mappings) cli.stdout.write(`${JSON.stringify(mapping, null, 2)}\n`);
    return Promise.resolve(EXIT.ok);
  });
  const check = addCommand(formats, {
    name: "check",
    summary: "check a mapping, without a row: all its mistakes at once",
    examples: ["formats check mine.json"],
  }).argument("<file>", "the mapping");
  onRun(check, cli, async (session, { operands: [file = ""] }) => {
    const { name } = await readFormat(resolve(cli.cwd, file));
    session.say(
      `${file} is a mapping, by the name of ${name}. load --format ${file} --dry-run shows rows beside records.`,
    );
    return EXIT.ok;
  });
}
