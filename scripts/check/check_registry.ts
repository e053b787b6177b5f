/**
 * Can the registry be reached, and does it accept the schemas?
 *
 * @module
 */
import type { Settings } from "../../config/settings.ts";
import { loadSchema } from "../../schemas/load.ts";
import type { SchemaRegistry } from "../../transport/registry.ts";
import { bySubject } from "../cli/targets.ts";
import type { Session } from "../cli/session.ts";
import type { TargetStream } from "../cli/targets.ts";
import { judgeSchema } from "../schemas/judge_schema.ts";
import type { SchemaVerdict } from "../schemas/judge_schema.ts";
import { failedLine } from "./check_log.ts";
import { type CheckLine, skipped } from "./check_line.ts";

/** The lines on registry and schemas. `asked`: the user named the streams, so their schemas must be there. */
export async function checkRegistry(
  session: Session,
  wanted: { readonly streams: readonly TargetStream[]; readonly asked: boolean },
): Promise<readonly CheckLine[]> {
  try {
    await using opened = await session.openRegistry();
    return await registryLines(opened.registry, { settings: session.settings, ...wanted });
  } catch (error) {
    return [failedLine("registry", error), ...skipped(["schemas"], "the registry cannot be used")];
  }
}

async function registryLines(
  registry: SchemaRegistry,
  { settings, streams, asked }: {
    readonly settings: Settings;
    readonly streams: readonly TargetStream[];
    readonly asked: boolean;
  },
): Promise<readonly CheckLine[]> {
  const { url, auth } = settings.registry;
  await registry.subjects();
  const login = auth === undefined ? "" : `, ${auth.type} log-in accepted`;
  const message = url === undefined
    ? `the embedded registry in ${settings.dataDir} can be used`
    : `${url} answers${login}`;
  const lines: readonly CheckLine[] = [{ name: "registry", status: "ok", message, nextStep: null }];
  try {
    const verdicts: SchemaVerdict[] = [];
    for (const [subject, { kind, version }] of bySubject(streams)) {
      const { text, fullName } = loadSchema(kind, version);
      verdicts.push(await judgeSchema(registry, { subject, record: fullName, text }));
    }
    return [...lines, ...schemaLines(verdicts, { settings, asked })];
  } catch (error) {
    return [...lines, failedLine("schemas", error)];
  }
}

function schemaLines(
  verdicts: readonly SchemaVerdict[],
  { settings, asked }: { readonly settings: Settings; readonly asked: boolean },
): readonly CheckLine[] {
  const name = "schemas";
  const refused = verdicts.filter(({ accepted }) => !accepted);
  if (refused.length > 0) {
    return refused.map(({ subject, record, level, findings }) => {
      const [first] = findings.incompatibilities;
      const why = first === undefined ? "" : `: ${first.path || "/"}: ${first.message}`;
      return {
        name,
        status: "failed",
        message: `the registry refuses ${record} in subject ${subject} (${level})${why}`,
        nextStep:
          "deno task schemas check shows every field; schemas.subjects in the config file names other subjects.",
      };
    });
  }
  const registered = verdicts.filter((verdict) => verdict.registered).length;
  if (!settings.schemas.register && registered < verdicts.length) {
    return [{
      name,
      status: asked ? "failed" : "warning",
      message: `${
        verdicts.length - registered
      } of ${verdicts.length} are not registered, and schemas.register is false`,
      nextStep: "Register them with deno task schemas register.",
    }];
  }
  const later = registered === verdicts.length ? "" : `, ${verdicts.length - registered} would be at first use`;
  return [{ name, status: "ok", message: `${registered} registered${later}`, nextStep: null }];
}
