/**
 * Checks whether the contents of the topics fit the records that will be written to them.
 *
 * @module
 */
import { judgeTopic } from "../../actors/lookup/topic_verdict.ts";
import type { Log } from "../../transport/log.ts";
import { PARTITIONERS } from "../../transport/partitioner.ts";
import { RegistryError } from "../../transport/registry.ts";
import { TopicContents, type TopicSample } from "../../transport/topic_contents.ts";
import { EXIT } from "../shared/exit_codes.ts";
import type { Session } from "../shared/session.ts";
import type { TargetStream } from "../shared/targets.ts";
import { type CheckLine, failed, ok, skipped, warning } from "./check_line.ts";

/** Name of the lines. */
export const CONTENTS = "contents";

/** One line for each topic that is refused or doubtful; a single line if there is none. Topics without records need no line. */
export async function contentLines(
  session: Session,
  { log, streams }: { readonly log: Log; readonly streams: readonly TargetStream[] },
): Promise<readonly CheckLine[]> {
  await using opened = await session.openRegistry();
  const contents = new TopicContents({ log, registry: opened.registry });
  const samples = new Map<string, TopicSample>();
  try {
    for (const { layout: { name } } of streams) samples.set(name, samples.get(name) ?? await contents.sample(name));
  } catch (error) {
    if (error instanceof RegistryError) return skipped([CONTENTS], "the registry does not tell what the records are");
    throw error;
  }
  const lines: CheckLine[] = [];
  const rules = new Map<string, number>();
  for (const { kind, version, layout: { name: topic } } of streams) {
    const sample = samples.get(topic);
    if (sample === undefined || sample.records.length === 0) continue;
    const { refusal, doubts, keysBy } = judgeTopic(sample, { topic, kind, version }, session.settings.topics);
    const rule = keysBy === null ? "either rule" : keysBy[0] ?? "no rule alone";
    rules.set(rule, (rules.get(rule) ?? 0) + 1);
    if (refusal !== null) lines.push({ ...failed(CONTENTS, refusal.message, null), exitCode: EXIT.configuration });
    for (const { text } of doubts) lines.push(warning(CONTENTS, text, null));
  }
  if (lines.length > 0 || rules.size === 0) return lines;
  const byRule = [...PARTITIONERS, "either rule"].flatMap((rule) => {
    const count = rules.get(rule) ?? 0;
    return count === 0 ? [] : [`of ${count} by ${rule}`];
  });
  return [ok(CONTENTS, `the last records are of what is written to each topic; keys ${byRule.join(", ")}`)];
}
