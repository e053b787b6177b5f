/**
 * Asks whether the registry accepts a schema, and if not, finds the field and the rule that it breaks. The registry's
 * own answer decides; a comparison with its versions finds the field, because registries do not always name it.
 *
 * @module
 */
import { checkCompatibility } from "../../schemas/avro/compatibility.ts";
import type { CompatibilityReport } from "../../schemas/avro/compatibility.ts";
import { escapeControls } from "../../telemetry/escape_controls.ts";
import type { CompatibilityLevel, SchemaRegistry } from "../../transport/registry.ts";
import { recordInSubject } from "../../actors/subject_record.ts";

/** A schema and the subject it is meant for. */
export interface SchemaCandidate {
  readonly subject: string;
  /** Full name of the record. */
  readonly record: string;
  readonly text: string;
  /** The alternative if the subject holds another record. */
  readonly remedy: string;
}

/** A subject's other record; null if there is none. The subject keeps it if the topic holds both versions. */
export type OtherRecord = { readonly name: string; readonly kept: boolean } | null;

/** The answer to the question. */
export interface SchemaVerdict extends SchemaCandidate {
  readonly accepted: boolean;
  /** The other record that the subject holds; nothing is registered over it. */
  readonly other: OtherRecord;
  /** True if exactly this text is registered already. */
  readonly registered: boolean;
  /** The level that the registry applies. */
  readonly level: CompatibilityLevel;
  /** The registry's own words. */
  readonly messages: readonly string[];
  readonly findings: Pick<CompatibilityReport, "incompatibilities" | "warnings">;
  /** Version numbers of the subject, as the findings count them. */
  readonly versions: readonly number[];
}

/**
 * Asks the registry, then looks for the field.
 *
 * @param isKept whether the subject keeps another record of that name, which is no failure then
 */
export async function judgeSchema(
  registry: SchemaRegistry,
  candidate: SchemaCandidate,
  isKept: (held: string) => Promise<boolean>,
): Promise<SchemaVerdict> {
  const { subject, text, record } = candidate;
  const held = await recordInSubject(registry, subject);
  const other = held === null || held === record ? null : { name: held, kept: await isKept(held) };
  const [versions, ownLevel] = await Promise.all([registry.versions(subject), registry.compatibility(subject)]);
  const level = ownLevel ?? await registry.compatibility() ?? "NONE";
  const known = await registry.lookup(subject, text);
  const verdict = known === null && versions.length > 0
    ? await registry.checkCompatibility(subject, text)
    : { compatible: true, messages: [] };
  const texts = await Promise.all(versions.map(async (version) => (await registry.version(subject, version)).schema));
  const { incompatibilities, warnings } = known === null && texts.length > 0
    ? checkCompatibility(text, texts, { level })
    : { incompatibilities: [], warnings: [] };
  return {
    subject,
    record,
    text,
    remedy: candidate.remedy,
    accepted: other === null ? verdict.compatible : other.kept,
    other,
    registered: known !== null,
    level,
    messages: verdict.messages,
    findings: { incompatibilities, warnings },
    versions,
  };
}

/** A verdict as lines: a tick or a cross, then the fields. */
export function verdictLines(verdict: SchemaVerdict): readonly string[] {
  const { subject, record, accepted, other, remedy, registered, level, messages, findings, versions } = verdict;
  if (other !== null) {
    const line = other.kept
      ? `✔ ${subject}: keeps ${other.name}, which was there first`
      : `✘ ${subject}: holds ${other.name}, and ${record} is never registered over it`;
    return (other.kept ? [line] : [line, `  next: ${remedy}.`]).map(escapeControls);
  }
  const head = registered
    ? `✔ ${subject}: ${record} is registered`
    : accepted
    ? `✔ ${subject}: the registry would accept ${record}${
      versions.length === 0 ? " as the first version" : ` (${level})`
    }`
    : `✘ ${subject}: the registry would refuse ${record} (${level})`;
  const reasons = findings.incompatibilities.map(({ path, message, direction, version }) =>
    `    ${path || "/"}: ${message} (${direction}, version ${versions[version] ?? version})`
  );
  const warnings = findings.warnings.map(({ path, message, direction, version }) =>
    `  ! ${path || "/"}: ${message} (${direction}, version ${versions[version] ?? version})`
  );
  if (accepted) return [head, ...warnings].map(escapeControls);
  const said = messages.map((message) => `    registry: ${message}`);
  const next = "  next: make the change compatible, or use another subject (schemas.subjects in the config file).";
  return [head, ...reasons, ...said, ...warnings, next].map(escapeControls);
}

/** A verdict for programs. */
export function verdictJson({ text: _text, remedy: _remedy, findings, versions, ...rest }: SchemaVerdict): unknown {
  const found = ({ path, message, direction, version, code }: {
    readonly path: string;
    readonly message: string;
    readonly direction: string;
    readonly version: number;
    readonly code: string;
  }) => ({ path, code, message, direction, version: versions[version] ?? version });
  return {
    ...rest,
    incompatibilities: findings.incompatibilities.map(found),
    warnings: findings.warnings.map(found),
  };
}
