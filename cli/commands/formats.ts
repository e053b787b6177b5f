/**
 * `formats`: lists the formats of files, shows, drafts and checks their mappings.
 *
 * @module
 */
import type { Command } from "commander";
import { basename, resolve } from "node:path";
import { suggestionFor } from "../../config/did_you_mean.ts";
import { quoted } from "../../config/quoted.ts";
import { DATA_TYPE_OF } from "../../schemas/record_types.ts";
import { readFileHead } from "../../sources/files/file_head.ts";
import { expandPaths } from "../../sources/files/expand_paths.ts";
import { isStdin } from "../../sources/files/source_path.ts";
import { FORMATS } from "../../sources/formats/formats.ts";
import { readMapping } from "../../sources/formats/read_format.ts";
import { SHIPPED_MAPPINGS } from "../../sources/formats/shipped_mappings.ts";
import { draftMapping } from "../formats/draft_mapping.ts";
import { findFormats, type FittingFormat, OF_LIMITS, type RefusingFormat } from "../formats/fitting_formats.ts";
import { notesOn } from "../formats/draft_notes.ts";
import { checkSample } from "../formats/sample_check.ts";
import { sampleColumns, type SampledColumn } from "../formats/sampled_columns.ts";
import { addCommand, onRun } from "../shared/command.ts";
import type { Cli } from "../shared/context.ts";
import { EXIT } from "../shared/exit_codes.ts";
import type { CommonOptions } from "../shared/options.ts";
import { addMeaningOptions, addOriginOptions, type SourceFlags, sourcesOf } from "../shared/source_options.ts";
import { formatTable } from "../shared/table.ts";
import { taskCommand } from "../shared/task_command.ts";
import { UsageError } from "../shared/usage_error.ts";

const KINDS = ["trade", "quote", "reference_data"] as const;

/** Adds the command to the program. */
export function register(program: Command, cli: Cli): void {
  const formats = addCommand(program, {
    name: "formats",
    summary: "list the formats of files; show, draft and check mappings",
  });
  registerList(formats, cli);
  registerShow(formats, cli);
  registerSniff(formats, cli);
  registerCheck(formats, cli);
}

function registerList(formats: Command, cli: Cli): void {
  const command = addCommand(formats, {
    name: "list",
    needs: "neither",
    summary: "list the formats that load takes by name",
    details: "With --json an array of {name, data_types, summary}.",
  });
  onRun(command, cli, (session) => {
    const rows = FORMATS.map(({ name, summary, rows }) => ({
      name,
      data_types: KINDS.flatMap((kind) => kind in rows ? [DATA_TYPE_OF[kind]] : []),
      summary,
    }));
    if (session.json) session.printJson(rows);
    else {
      cli.stdout.write(
        formatTable(
          [{ title: "FORMAT" }, { title: "DATA TYPES" }, { title: "FILES" }],
          rows.map((row) => [row.name, row.data_types.join(", "), row.summary]),
        ),
      );
    }
    return Promise.resolve(EXIT.ok);
  });
}

function registerShow(formats: Command, cli: Cli): void {
  const command = addCommand(formats, {
    name: "show",
    needs: "neither",
    summary: "print the mapping of a format, as JSON",
    details:
      "Change a copy, and give its path as --format. Where a format has a mapping for each data type, it prints " +
      "one after the other; with --json an array of all.",
    examples: ["formats show massive-trades > mine.json"],
  }).argument("<name>", "name of the format");
  onRun(command, cli, (session, { operands: [name = ""] }) => {
    const mappings = SHIPPED_MAPPINGS.filter((mapping) => mapping.name === name);
    if (mappings.length === 0) {
      const meant = suggestionFor(name, FORMATS.map((format) => format.name));
      throw new UsageError(`There is no format ${JSON.stringify(name)}.${meant}`, "formats list shows all.");
    }
    if (session.json) session.printJson(mappings);
    else for (const mapping of mappings) cli.stdout.write(`${JSON.stringify(mapping, null, 2)}\n`);
    return Promise.resolve(EXIT.ok);
  });
}

interface SniffOptions extends CommonOptions {
  readonly draft?: true;
}

function registerSniff(formats: Command, cli: Cli): void {
  const command = addCommand(formats, {
    name: "sniff",
    needs: "neither",
    summary: "look at the first rows of a file: which format fits, else a draft of a mapping",
    details:
      "Prints the load commands of the formats that read the first 20 rows; or says which format has their form and " +
      "refuses each of them, and why; or prints a draft of a mapping, in which all that " +
      'the rows cannot say is "?": neither formats check nor load takes it before a person has replaced that. A load ' +
      "never uses this. With --json {file, fits: [{format, data_type, by_names, rows, records, command}], " +
      "refuses: [{format, data_type, rows, rule, reason, command}], notes, draft}; draft is null " +
      "where a format fits or has the form, unless --draft asks for it.",
    examples: ["formats sniff ticks.csv.gz", "formats sniff ticks.csv > mine.json"],
  }).argument("<file>", "a file of rows, compressed or not, or a folder")
    .option("--draft", "write a draft also where a format fits");
  onRun<SniffOptions>(command, cli, async (session, { options, operands: [file = ""] }) => {
    if (isStdin(file)) throw new UsageError("formats sniff looks at a file.", "Write what comes in to a file first.");
    const [path = "", ...others] = await expandPaths([file], cli.cwd, (text) => session.say(text));
    if (others.length > 0) session.say(`Of the ${others.length + 1} files in ${file} this looks at ${path}.`);
    const head = await readFileHead(path);
    const { fits, refuses } = await findFormats({ path, head, clock: cli.clock });
    const isKnown = fits.length > 0 || refuses.length > 0;
    const sampled = !isKnown || options.draft ? sampleColumns(path, head) : null;
    const draft = sampled === null ? null : draftMapping(sampled, basename(path));
    const notes = sampled === null ? [] : notesOn(sampled, basename(path));
    if (session.json) {
      const found = {
        fits: fits.map((fit) => fitJson(file, fit)),
        refuses: refuses.map((one) => refusalJson(file, one)),
      };
      session.printJson({ file, ...found, notes, draft });
      return EXIT.ok;
    }
    for (const fit of fits) session.say(fitText(fit));
    for (const one of refuses) session.say(refusalText(file, one));
    if (sampled === null) {
      for (const fit of fits) session.print(loadCommand(file, fit));
      return EXIT.ok;
    }
    cli.stdout.write(`${JSON.stringify(draft, null, 2)}\n`);
    if (!isKnown) session.say(`No format that is shipped reads the first rows of ${file}. Its columns:`);
    for (const column of sampled.columns) session.say(`  ${column.name}: ${valuesText(column)}`);
    for (const note of notes) session.say(note);
    session.say(
      'This is a draft for you to read: replace each "?" by what the vendor\'s documentation says, compare each field with ' +
        "its column, and leave out what does not apply (docs/formats.md). Then: " +
        `${taskCommand()} formats check mine.json --sample ${quoted(file)}`,
    );
    return EXIT.ok;
  });
}

function fitText({ format, rows, records, byNames }: FittingFormat): string {
  const found = `${format} fits: ${records} of the first ${rows} rows are records.`;
  return byNames ? found : `${found} It has no names of columns, so rows of another vendor may fit, too: compare them.`;
}

function refusalText(file: string, refusing: RefusingFormat): string {
  const { format, rule, reason, rows } = refusing;
  const next = OF_LIMITS.has(rule)
    ? "No mapping changes that."
    : `If the mapping should say something else of them, change a copy of it:\n  ${taskCommand()} formats show ${format} > mine.json`;
  return `${format} has this form, but refuses each of the first ${rows} rows: ${reason}\n` +
    "If that is so of these rows alone, load the file: they become dead letters, which keep them " +
    `(docs/vendors.md, "What is refused").\n  ${loadCommand(file, refusing)}\n${next}`;
}

const SHOWN_VALUES = 3;

/** A few values that differ. */
function valuesText({ values }: SampledColumn): string {
  const distinct = [...new Set(values)];
  if (distinct.length === 0) return "empty in all rows that were looked at";
  return distinct.slice(0, SHOWN_VALUES).map((value) => JSON.stringify(value)).join(", ") +
    (distinct.length > SHOWN_VALUES ? ", …" : "");
}

function loadCommand(file: string, { flags }: Pick<FittingFormat, "flags">): string {
  return [taskCommand(), "load", quoted(file), ...flags].join(" ");
}

function fitJson(file: string, fit: FittingFormat) {
  const { format, kind, byNames, rows, records } = fit;
  return { format, data_type: DATA_TYPE_OF[kind], by_names: byNames, rows, records, command: loadCommand(file, fit) };
}

function refusalJson(file: string, refusing: RefusingFormat) {
  const { format, kind, rows, rule, reason } = refusing;
  return { format, data_type: DATA_TYPE_OF[kind], rows, rule, reason, command: loadCommand(file, refusing) };
}

interface CheckOptions extends CommonOptions, Omit<SourceFlags, "format"> {
  readonly sample?: string;
}

function registerCheck(formats: Command, cli: Cli): void {
  const command = addCommand(formats, {
    name: "check",
    needs: "neither",
    summary: "say all the mistakes of a mapping; with a sample, show its first rows beside their records",
    details:
      "Exit code 3 if the mapping has mistakes, each with its place in the JSON; 2 if the settings do not know its exchange; 5 if one of the first 20 rows of the " +
      "sample is no record, or the sample does not have the form that the mapping says. With --json and --sample an object " +
      "for each row: {row, line, byte, text} with {record} or {rule, reason, place, encoding}.",
    examples: ["formats check mine.json", "formats check mine.json --sample ticks.csv --exchange ASX"],
  }).argument("<file>", "the mapping, FILE.json")
    .option("--sample <data>", "a file of rows, for which the flags below are those of its load");
  addMeaningOptions(addOriginOptions(command));
  onRun<CheckOptions>(command, cli, async (session, { options, operands: [file = ""] }) => {
    const mapping = await readMapping(resolve(cli.cwd, file));
    const { sample } = options;
    const exchange = options.exchange ?? mapping.exchange;
    // As a load would: an exchange that is not in the settings is a mistake also without rows.
    if (exchange !== undefined) session.catalogue.exchange(exchange, mapping.assetClass);
    if (sample === undefined) {
      if (session.json) session.printJson({ file, name: mapping.name, problems: [] });
      else session.print(`${file} has no mistake. --sample DATA shows the first rows of a file beside their records.`);
      return EXIT.ok;
    }
    const format = file.includes("/") ? file : `./${file}`;
    const flags: SourceFlags = { ...options, format, takeLastLine: true };
    const [source, ...others] = await sourcesOf(session, { flags, paths: [sample] });
    if (source === undefined) throw new UsageError(`${sample} has no file.`, "Name one file.");
    if (others.length > 0) session.say(`Of the ${others.length + 1} files in ${sample} this looks at ${source.name}.`);
    const { rows, refused } = await checkSample(session, { source, mapping });
    session.say(
      refused > 0
        ? `${refused} of the first ${rows} rows are no records.`
        : rows === 0
        ? `${sample} has no rows.`
        : `All of the first ${rows} rows are records: compare each value with its row before you load.`,
    );
    return refused > 0 || rows === 0 ? EXIT.final : EXIT.ok;
  });
}
