/**
 * `schemas`: lists what the registry holds, checks what it would accept, and compares versions.
 *
 * @module
 */
import { Argument, type Command } from "commander";
import { resolve } from "node:path";
import { loadSchema, RECORD_KINDS } from "../../schemas/load.ts";
import type { RecordKind, SchemaVersion } from "../../schemas/record_types.ts";
import { diffSchemas } from "../../schemas/avro/schema_diff.ts";
import { parseSchema, SchemaParseError } from "../../schemas/avro/parse_schema.ts";
import { nameOf } from "../../schemas/avro/schema_model.ts";
import { otherRecordError, recordInSubject } from "../../actors/subject_record.ts";
import { addCommand, onRun } from "../shared/command.ts";
import type { Cli } from "../shared/context.ts";
import { EXIT } from "../shared/exit_codes.ts";
import { oneOf, wholeNumber } from "../shared/options.ts";
import type { CommonOptions } from "../shared/options.ts";
import type { Session } from "../shared/session.ts";
import { formatTable } from "../shared/table.ts";
import { addTargetOptions, hasTargets, targetStreams } from "../shared/targets.ts";
import type { TargetOptions } from "../shared/targets.ts";
import { CommandFailure, UsageError } from "../shared/usage_error.ts";
import { judgeSchema, verdictJson, verdictLines } from "../schemas/judge_schema.ts";
import { isKept, type WantedSchema, wantedSchemas } from "../schemas/wanted_schemas.ts";
import { listSubjects, subjectTable } from "../schemas/list_subjects.ts";

/** Adds the command to the program. */
export function register(program: Command, cli: Cli): void {
  const schemas = addCommand(program, { name: "schemas", summary: "list, show, register, check and compare schemas" });
  registerList(schemas, cli);
  registerShow(schemas, cli);
  registerRegister(schemas, cli);
  registerCheck(schemas, cli);
  registerDiff(schemas, cli);
}

function registerList(schemas: Command, cli: Cli): void {
  const command = addCommand(schemas, {
    name: "list",
    needs: "registry",
    summary: "list the registry's subjects with their versions and ids",
    details:
      "With --json an array of {subject, versions, id, record, compatibility}; compatibility is null where the " +
      "registry's global level holds.",
  });
  onRun(command, cli, async (session) => {
    await using opened = await session.openRegistry();
    const subjects = await listSubjects(opened.registry);
    if (session.json) session.printJson(subjects);
    else cli.stdout.write(subjectTable(subjects));
    if (subjects.length === 0) session.say("There are no subjects yet. deno task schemas register adds them.");
    return EXIT.ok;
  });
}

interface ShowOptions extends CommonOptions {
  readonly schemaVersionNumber?: number;
}

function registerShow(schemas: Command, cli: Cli): void {
  const command = addCommand(schemas, {
    name: "show",
    needs: "registry",
    summary: "print a schema as it is registered",
    details: "With --json {subject, version, id, schema}.",
    examples: ["schemas show market.equities.trades-value", "schemas show market.equities.trades.v1-value --json"],
  })
    .argument("<subject>", "name of the subject")
    .addOption(
      wholeNumber("--schema-version-number <n>", "version within the subject (default: the latest)", { min: 1 }),
    );
  onRun<ShowOptions>(command, cli, async (session, { options, operands: [subject = ""] }) => {
    await using opened = await session.openRegistry();
    const found = await opened.registry.version(subject, options.schemaVersionNumber ?? "latest");
    if (session.json) session.printJson({ ...found, schema: JSON.parse(found.schema) });
    // Prints the text byte for byte, because another spelling would be another schema; adds a line end if there is
    // none.
    else cli.stdout.write(found.schema.endsWith("\n") ? found.schema : `${found.schema}\n`);
    session.say(`subject ${found.subject}, version ${found.version}, id ${found.id}`);
    return EXIT.ok;
  });
}

function registerRegister(schemas: Command, cli: Cli): void {
  const command = addTargetOptions(addCommand(schemas, {
    name: "register",
    needs: "registry",
    summary: "register the schemas of --schema-version",
    details:
      "Registering a schema again gives the same id. A schema that the registry refuses is an error, and so is a subject " +
      "that holds another record (exit code 3): it is never written over. With --json an array of {subject, record, id}.",
    examples: ["schemas register --exchange ASX", "schemas register --all --schema-version both"],
  })).option("--all", "for all exchanges of the catalogue");
  onRun<TargetOptions>(command, cli, async (session, { options }) => {
    if (!hasTargets(options)) {
      throw new UsageError(
        "schemas register does not know which subjects are needed.",
        "Name an exchange with --exchange, or ask for all with --all.",
      );
    }
    const schemas = wantedSchemas(targetStreams(session, options));
    await using opened = await session.openRegistry({ writeFor: "schemas register" });
    const registered: { subject: string; record: string; id: number }[] = [];
    const { registry } = opened;
    const free: WantedSchema[] = [];
    for (const wanted of schemas) {
      const held = await recordInSubject(registry, wanted.subject);
      if (held === null || held === wanted.record) free.push(wanted);
      else if (!await isKept(held, { wanted, session, registry })) throw otherRecordError(held, wanted);
      else session.say(`${wanted.subject} keeps ${held}, which was there first.`);
    }
    for (const { subject, record, text } of free) {
      registered.push({ subject, record, id: await registry.register(subject, text) });
    }
    if (session.json) session.printJson(registered);
    else {
      cli.stdout.write(formatTable(
        [{ title: "SUBJECT" }, { title: "RECORD" }, { title: "ID", align: "right" }],
        registered.map(({ subject, record, id }) => [subject, record, String(id)]),
      ));
    }
    return EXIT.ok;
  });
}

interface CheckOptions extends TargetOptions {
  readonly subject?: string;
}

function registerCheck(schemas: Command, cli: Cli): void {
  const command = addTargetOptions(addCommand(schemas, {
    name: "check",
    needs: "registry",
    summary: "say whether the registry would accept a schema, and which field breaks which rule",
    details:
      "Without a file: the schemas of --schema-version, each in its own subject. The command warns of changes that are " +
      "allowed and alter the meaning, such as another decimal scale or unit of time. Exit code 1 if a schema would be " +
      "refused. With --json an array of {subject, record, accepted, other, registered, level, messages, " +
      "incompatibilities, warnings}; other is the record {name, kept} that is in the subject already.",
    examples: [
      "schemas check --exchange ASX",
      "schemas check changed_trade.avsc --subject market.equities.trades-value",
    ],
  }))
    .addArgument(new Argument("[file]", "an .avsc file"))
    .option("--subject <name>", "subject that the file is meant for");
  onRun<CheckOptions>(command, cli, async (session, { options, operands: [file] }) => {
    const candidates = file === undefined
      ? catalogueCandidates(session, options)
      : [fileCandidate(session, { file, options })];
    await using opened = await session.openRegistry();
    const verdicts = [];
    const { registry } = opened;
    for (const { candidate, wanted } of candidates) {
      const keeps = (held: string) =>
        wanted === null ? Promise.resolve(false) : isKept(held, { wanted, session, registry });
      verdicts.push(await judgeSchema(registry, candidate, keeps));
    }
    if (session.json) session.printJson(verdicts.map(verdictJson));
    else for (const verdict of verdicts) for (const line of verdictLines(verdict)) session.print(line);
    return verdicts.every(({ accepted }) => accepted) ? EXIT.ok : EXIT.failed;
  });
}

function catalogueCandidates(session: Session, options: CheckOptions) {
  if (options.subject !== undefined) throw new UsageError("--subject needs a file.");
  return wantedSchemas(targetStreams(session, options)).map((wanted) => ({ candidate: wanted, wanted }));
}

function fileCandidate(
  session: Session,
  { file, options }: { readonly file: string; readonly options: CheckOptions },
) {
  if (options.subject === undefined) throw new UsageError("A file needs --subject, the subject it is meant for.");
  const path = resolve(session.cli.cwd, file);
  try {
    const text = Deno.readTextFileSync(path);
    const record = nameOf(parseSchema(text));
    return {
      candidate: { subject: options.subject, record, text, remedy: "--subject names another subject" },
      wanted: null,
    };
  } catch (error) {
    if (error instanceof SchemaParseError) throw new CommandFailure(`${path} is no Avro schema: ${error.message}`);
    if (error instanceof Deno.errors.NotFound) throw new CommandFailure(`there is no file ${path}.`, "Check the path.");
    throw error;
  }
}

interface DiffOptions extends CommonOptions {
  readonly record?: RecordKind;
  readonly docs?: true;
}

function registerDiff(schemas: Command, cli: Cli): void {
  const versions = ["v1", "v2"];
  const command = addCommand(schemas, {
    name: "diff",
    needs: "neither",
    summary: "show how two schema versions differ, field by field",
    details: "With --json an array of {record, field, change, before, after}.",
    examples: ["schemas diff v1 v2", "schemas diff v1 v2 --record trade --json"],
  })
    .addArgument(new Argument("<from>", "schema version").choices(versions))
    .addArgument(new Argument("<to>", "schema version").choices(versions))
    .addOption(oneOf("--record <kind>", "only this record (default: all)", RECORD_KINDS))
    .option("--docs", "show also fields of which only the documentation differs");
  onRun<DiffOptions>(command, cli, (session, { options, operands }) => {
    const [from, to] = operands.map((word): SchemaVersion => word === "v1" ? "v1" : "v2");
    const kinds = options.record === undefined ? RECORD_KINDS : [options.record];
    const rows = kinds.flatMap((kind) =>
      diffSchemas(loadSchema(kind, from ?? "v1").text, loadSchema(kind, to ?? "v2").text)
        .filter(({ change }) => options.docs || change !== "doc_changed")
        .map((difference) => ({ record: kind, ...difference }))
    );
    if (session.json) session.printJson(rows);
    else {
      cli.stdout.write(formatTable(
        [{ title: "RECORD" }, { title: "FIELD" }, { title: "CHANGE" }, { title: "BEFORE" }, { title: "AFTER" }],
        rows.map(({ record, field, change, before, after }) => [
          record,
          field === "" ? "(record)" : field,
          change.replace("_", " "),
          before ?? "",
          after ?? "",
        ]),
      ));
    }
    return Promise.resolve(EXIT.ok);
  });
}
