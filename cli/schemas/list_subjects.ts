/**
 * The registry's subjects for people and programs.
 *
 * @module
 */
import { recordNameOf } from "../../schemas/avro/record_name.ts";
import type { CompatibilityLevel, SchemaRegistry } from "../../transport/registry.ts";
import { formatTable } from "../shared/table.ts";

/** A subject. */
export interface ListedSubject {
  readonly subject: string;
  readonly versions: readonly number[];
  /** Id of the latest version. */
  readonly id: number;
  /** Full name of the latest version's record. */
  readonly record: string;
  /** The subject's own level; `null` where the registry's global one holds. */
  readonly compatibility: CompatibilityLevel | null;
}

/** All subjects, by name. */
export async function listSubjects(registry: SchemaRegistry): Promise<readonly ListedSubject[]> {
  const names = [...await registry.subjects()].sort();
  return await Promise.all(names.map(async (subject): Promise<ListedSubject> => {
    const [versions, latest, compatibility] = await Promise.all([
      registry.versions(subject),
      registry.version(subject, "latest"),
      registry.compatibility(subject),
    ]);
    return {
      subject,
      versions,
      id: latest.id,
      record: recordNameOf(latest.schema) ?? "(not an Avro schema)",
      compatibility,
    };
  }));
}

/** A table of subjects. */
export function subjectTable(subjects: readonly ListedSubject[]): string {
  return formatTable(
    [
      { title: "SUBJECT" },
      { title: "VERSIONS" },
      { title: "ID", align: "right" },
      { title: "RECORD" },
      { title: "COMPATIBILITY" },
    ],
    subjects.map(({ subject, versions, id, record, compatibility }) => [
      subject,
      versions.join(", "),
      String(id),
      record,
      compatibility ?? "(global)",
    ]),
  );
}
