/**
 * The schemas that a command is about, each with a subject; and whether a subject that holds another record stays as it
 * is.
 *
 * @module
 */
import { loadSchema, recordNamesOf } from "../../schemas/load.ts";
import type { RecordKind } from "../../schemas/record_types.ts";
import type { SchemaRegistry } from "../../transport/registry.ts";
import { OTHER_TOPIC_REMEDY, otherSubjectRemedy, type WantedSubject } from "../../actors/subject_record.ts";
import { namesIn } from "../../actors/lookup/topic_verdict.ts";
import { TopicContents } from "../../transport/topic_contents.ts";
import type { Session } from "../shared/session.ts";
import { bySubject, type TargetStream } from "../shared/targets.ts";

/** A schema, and a subject that must hold it. */
export interface WantedSchema extends WantedSubject {
  readonly text: string;
  readonly kind: RecordKind;
  /** The topic of the subject, for `{topic}-value`; null for a subject of the settings. */
  readonly topic: string | null;
}

/** The schemas that the streams need, once for each subject. */
export function wantedSchemas(streams: readonly TargetStream[]): readonly WantedSchema[] {
  return [...bySubject(streams)].map(([subject, { kind, version, layout, subjects }]) => {
    const { text, fullName: record } = loadSchema(kind, version);
    const isTopics = subject === subjects.ofTopic;
    const remedy = isTopics ? OTHER_TOPIC_REMEDY : otherSubjectRemedy(version);
    return { subject, record, remedy, text, kind, topic: isTopics ? layout.name : null };
  });
}

/** True if a topic's subject keeps the other version that it holds, because the topic holds records of the kind. */
export async function isKept(
  held: string,
  { wanted: { kind, topic }, session, registry }: {
    readonly wanted: WantedSchema;
    readonly session: Session;
    readonly registry: SchemaRegistry;
  },
): Promise<boolean> {
  const names = recordNamesOf(kind);
  if (topic === null || !names.includes(held)) return false;
  await using opened = await session.openLog();
  const inTopic = namesIn(await new TopicContents({ log: opened.log, registry }).sample(topic));
  return names.some((name) => inTopic.has(name));
}
