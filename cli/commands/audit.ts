/**
 * `audit`: compares a topic with the files it was loaded from.
 *
 * @module
 */
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { audit, auditPassed, type AuditReport } from "../audit/audit.ts";
import type { DifferentExample, MatchBy, RecordExample, RowExample } from "../audit/report.ts";
import { addCommand, onRun } from "../shared/command.ts";
import type { Cli } from "../shared/context.ts";
import { EXIT } from "../shared/exit_codes.ts";
import type { CommonOptions } from "../shared/options.ts";
import { grouped } from "../shared/progress.ts";
import { required } from "../shared/required_flags.ts";
import {
  addFileOptions,
  addSourceOptions,
  likelyTopic,
  type SourceFlags,
  sourcesOf,
} from "../shared/source_options.ts";
import type { Overlap } from "../../runtime/resuming/find_start_point.ts";
import { UsageError } from "../shared/usage_error.ts";

interface AuditFlags extends CommonOptions, SourceFlags {
  readonly topic: string;
  readonly overlap?: Overlap;
  readonly match?: MatchBy;
  readonly tempDir?: string;
}

/** Adds the command to the program. */
export function register(program: Command, cli: Cli): void {
  const command = addCommand(program, {
    name: "audit",
    summary: "compare a topic with the files it was loaded from",
    details:
      "Reads the whole topic and the files, and compares them by message id and by value, each record of an id " +
      "with the rows that have it: missing, twice, different, out of order by key, unexpected. Order is compared within " +
      "each load of a file, which its records name: rows that a later load wrote stand behind those of an earlier one, and " +
      "rows that dlq replay wrote stand in any order. " +
      "Exit code 1 if a record is missing, twice, different or late, or a value cannot be decoded, else 4 if rows of the " +
      "files cannot be records with these flags. Records of no row (unexpected) and without a value (others) are counted " +
      "and change no exit code; the keys of records are not compared with their symbols. It takes no more memory for more rows: what a few hundred megabytes do not hold goes to --temp-dir, " +
      "80 bytes for each row and its record (8 GB for a hundred million), and is gone when the command ends.",
    examples: ["audit trades/7078.csv --topic market.equities.trades.asx --format asx-ticks --data-type trades …"],
  }).argument("<file...>", "files (.gz and .zst too), folders or patterns");
  addFileOptions(addSourceOptions(command))
    .addOption(required(new Option("--topic <name>", "the topic"), (_, command) => likelyTopic(command)))
    .addOption(
      new Option(
        "--overlap <write|skip>",
        "what the load was told: rows that several files have are in the topic for each file, or once",
      )
        .choices(["write", "skip"]).default("write"),
    )
    .addOption(
      new Option(
        "--match <ids|values>",
        "what makes a record that of a row: its message id, or, in topics with random ids, all of its values",
      )
        .choices(["ids", "values"]).default("ids"),
    )
    .option("--temp-dir <folder>", "folder for what memory does not hold (default: TMPDIR, or that of the system)");
  onRun<AuditFlags>(command, cli, async (session, { options, operands }) => {
    const version = session.settings.schemaVersion;
    if (version === "both") {
      throw new UsageError("An audit is about one version.", "Add --schema-version v1 or --schema-version v2.");
    }
    const sources = await sourcesOf(session, { flags: options, paths: operands });
    await using transport = await session.openTransport({ readOnly: true });
    let read = 0;
    const progress = session.startProgress({
      label: "audit",
      unit: "rows and records",
      read: () => ({ done: read, fraction: null }),
    });
    const report = await audit({
      topic: options.topic,
      version,
      sources,
      log: transport.log,
      registry: transport.registry,
      overlap: options.overlap,
      match: options.match,
      tempDir: options.tempDir === undefined ? undefined : resolve(session.cli.cwd, options.tempDir),
      onDiskNeeded: (bytes) => {
        const where = options.tempDir ?? "the folder for temporary files (--temp-dir names another)";
        session.say(`Up to about ${gigabytes(bytes)} GB will be in ${where} until the end.`);
      },
      onProgress: (rows) => read = rows,
    }).finally(() => progress.stop());
    if (session.json) session.printJson({ command: "audit", ...report });
    else for (const line of reportLines(report)) session.print(line);
    if (!auditPassed(report)) return EXIT.failed;
    return report.bad_rows > 0 ? EXIT.deadLettered : EXIT.ok;
  });
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}

function rowLine({ message_id, file, row }: RowExample): string {
  return `  ${message_id ?? "(an id that is not known)"}  ${file} row ${grouped(row)}`;
}

function recordLine({ message_id, partition, offset, file, row }: RecordExample): string {
  const compared = file === undefined || row === undefined ? "" : `, compared with ${file} row ${grouped(row)}`;
  return `  ${message_id ?? "(no id)"}  partition ${partition} offset ${offset}${compared}`;
}

function differenceLines(example: DifferentExample): string[] {
  const fields = example.fields.map(({ field, expected, found }) =>
    `    ${field}: ${JSON.stringify(expected)} in the file, ${JSON.stringify(found)} in the topic`
  );
  return [recordLine(example), ...fields];
}

/** The report for people. */
function reportLines(report: AuditReport): string[] {
  const { examples } = report;
  const count = (label: string, number: number, note = "") =>
    `${label.padEnd(13)}${grouped(number).padStart(12)}${note}`;
  const ids = Object.entries(report.schema_ids).map(([id, records]) => `${id} (${grouped(records)})`).join(", ");
  const days = Object.entries(report.days).map(([day, { expected, found }]) => {
    const mark = expected === found ? "" : "  MISSING";
    return `  ${day || "(no date)"}  ${grouped(expected).padStart(10)} expected ${
      grouped(found).padStart(10)
    } found${mark}`;
  });
  return [
    `${report.topic}, ${report.schema_version}, schema id ${ids || "none"}`,
    count("expected", report.expected),
    count("found", report.found),
    count("missing", report.missing),
    ...examples.missing.map(rowLine),
    count("twice", report.twice),
    ...examples.twice.map(recordLine),
    count("different", report.different),
    ...examples.different.flatMap(differenceLines),
    count("out of order", report.out_of_order),
    ...examples.out_of_order.map(recordLine),
    ...(report.late_loads > 0
      ? [
        count(
          "late loads",
          report.late_loads,
          "  written after later rows of their file by another load or a replay: order is kept within a load",
        ),
      ]
      : []),
    ...(report.replayed > 0 ? [count("replayed", report.replayed)] : []),
    ...(report.other_ids > 0
      ? [
        count(
          "other ids",
          report.other_ids,
          "  known by their content: rows before them have come or gone since they were written",
        ),
      ]
      : []),
    count(
      "unexpected",
      report.unexpected,
      report.unexpected > 0 && report.missing > 0
        ? "  rows under other ids are both missing and unexpected: audit with the flags of the load, such as --id-scope; " +
          "--match values compares without ids"
        : "",
    ),
    ...examples.unexpected.map(recordLine),
    count("undecodable", report.undecodable),
    count("others", report.others),
    count(
      "bad rows",
      report.bad_rows,
      report.bad_rows > 0 && (report.unexpected > 0 || !auditPassed(report))
        ? "  if they were replayed, audit with the flags of the replay, such as --ambiguous-time"
        : "",
    ),
    ...(report.shared > 0 ? [count("shared ids", report.shared, "  that several files have")] : []),
    ...(report.repeated > 0 ? [count("repeated ids", report.repeated, "  that one file has several times")] : []),
    ...(report.id_reused > 0
      ? [
        count(
          "reused ids",
          report.id_reused,
          `  whose rows differ: corrected rows, or ids that begin again (--id-scope), e.g. ${
            report.id_reused_ids.join(", ")
          }`,
        ),
      ]
      : []),
    ...days,
    auditPassed(report) ? okText(report) : "NOT OK",
  ];
}

function okText(report: AuditReport): string {
  const { expected, bad_rows } = report;
  if (expected === 0) return bad_rows > 0 ? "NOTHING TO COMPARE: no row of the files can be a record" : "ok: no rows";
  const are = bad_rows === 1 ? "1 other row cannot be a record" : `${grouped(bad_rows)} other rows cannot be records`;
  return bad_rows > 0
    ? `ok for each row that can be a record: it is there once, as in the file, ${orderOf(report)}; ${are}`
    : `ok: every row is there once, as in the file, ${orderOf(report)}`;
}

function orderOf({ other_ids, late_loads }: AuditReport): string {
  if (other_ids > 0) return "in the order of its load as far as ids tell";
  return late_loads > 0 ? "in the order of its load" : "in its order";
}
