/**
 * Checks whether the registry can be reached, and whether it accepts the schemas.
 *
 * @module
 */
import type { Settings } from "../../config/settings.ts";
import type { SchemaRegistry } from "../../transport/registry.ts";
import type { Session } from "../shared/session.ts";
import type { TargetStream } from "../shared/targets.ts";
import { EXIT } from "../shared/exit_codes.ts";
import { isKept, wantedSchemas } from "../schemas/wanted_schemas.ts";
import { judgeSchema, type SchemaVerdict } from "../schemas/judge_schema.ts";
import { type CheckLine, failed, ok, skipped, unusable, warning } from "./check_line.ts";

/** The lines on registry and schemas. `asked`: the user named the streams, so their schemas must be there. */
export async function checkRegistry(
  session: Session,
  wanted: { readonly streams: readonly TargetStream[]; readonly asked: boolean },
): Promise<readonly CheckLine[]> {
  try {
    await using opened = await session.openRegistry({ impatient: true });
    return await registryLines(opened.registry, { session, ...wanted });
  } catch (error) {
    return [unusable("registry", error), ...skipped(["schemas"], "the registry cannot be used")];
  }
}

async function registryLines(
  registry: SchemaRegistry,
  { session, streams, asked }: {
    readonly session: Session;
    readonly streams: readonly TargetStream[];
    readonly asked: boolean;
  },
): Promise<readonly CheckLine[]> {
  const { settings } = session;
  const { url, auth } = settings.registry;
  await registry.subjects();
  const product = await registry.product();
  const login = auth === undefined ? "" : `, ${auth.type} log-in accepted`;
  const message = url === undefined
    ? `the embedded registry in ${settings.dataDir} can be used`
    : `${url} answers${product === null ? "" : ` (${product})`}${login}`;
  const alone = url === undefined && settings.brokers.length > 0;
  const only = `${message}: only programs with that folder can read what is written to the brokers`;
  const nextStep = "Name the registry of the brokers' consumers with --registry.";
  const line = alone ? warning("registry", only, nextStep) : ok("registry", message);
  try {
    const verdicts: SchemaVerdict[] = [];
    for (const wanted of wantedSchemas(streams)) {
      verdicts.push(await judgeSchema(registry, wanted, (held) => isKept(held, { wanted, session, registry })));
    }
    return [line, ...schemaLines(verdicts, { settings, asked })];
  } catch (error) {
    return [line, unusable("schemas", error)];
  }
}

function schemaLines(
  verdicts: readonly SchemaVerdict[],
  { settings, asked }: { readonly settings: Settings; readonly asked: boolean },
): readonly CheckLine[] {
  const name = "schemas";
  const refused = verdicts.filter(({ accepted }) => !accepted);
  if (refused.length > 0) {
    return refused.map(({ subject, record, level, findings, other, remedy }): CheckLine => {
      if (other !== null) {
        const message = `subject ${subject} holds ${other.name}, and ${record} is never registered over it`;
        return { ...failed(name, message, `${remedy}.`), exitCode: EXIT.configuration };
      }
      const [first] = findings.incompatibilities;
      const why = first === undefined ? "" : `: ${first.path || "/"}: ${first.message}`;
      const message = `the registry refuses ${record} in subject ${subject} (${level})${why}`;
      const nextStep =
        "deno task schemas check shows every field; schemas.subjects in the config file names other subjects.";
      return failed(name, message, nextStep);
    });
  }
  const kept = verdicts.filter(({ other }) => other !== null);
  const registered = verdicts.filter((verdict) => verdict.registered || verdict.other !== null).length;
  if (!settings.schemas.register && registered < verdicts.length) {
    const absent = verdicts.length - registered;
    const message = `${absent} of ${verdicts.length} are not registered, and schemas.register is false`;
    return [(asked ? failed : warning)(name, message, "Register them with deno task schemas register.")];
  }
  const later = registered === verdicts.length ? "" : `, ${verdicts.length - registered} would be at first use`;
  const [first] = kept;
  if (first === undefined) return [ok(name, `${registered} registered${later}`)];
  const message =
    `${registered} registered${later}; ${kept.length} of the topics' own subjects (${first.subject}, …) keep the ` +
    "other version, which their topics hold too: consumers that read with it alone cannot read what is written now";
  return [warning(name, message, "topics.pattern in the config file gives each version a topic of its own.")];
}
