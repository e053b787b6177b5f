/**
 * Dead letters from refused rows: where the row stood, which rule it broke, and its original bytes.
 *
 * @module
 */
import { DATA_TYPE_OF } from "../../schemas/record_types.ts";
import { badRows, type RowSource } from "../../sources/source.ts";
import type { DeadLetter, DeadLetterStage } from "../../state/dead_letters.ts";
import type { PendingBatch } from "../delivery/pending_batch.ts";
import type { VersionFlag } from "../../config/version_flag.ts";

/** Rules that only a log or a crash can name; all others are broken in conversion. */
const SENDING_RULES: ReadonlySet<string> = new Set(["message_too_large", "poison_row"]);

function stageOf(rule: string): DeadLetterStage {
  return SENDING_RULES.has(rule) ? "sending" : "processing";
}

/** The version flag that a batch was admitted under. */
function flagOf(targets: PendingBatch["targets"]): VersionFlag | null {
  const [one, other] = targets;
  return one === undefined ? null : other === undefined ? one.version : "both";
}

/**
 * The letters of a settled batch: one for each refused row and version, but only one for a row that is bad by itself.
 *
 * @param load.now milliseconds since the epoch.
 * @param load.origin what its records name; null for nothing
 */
export function deadLettersOf(
  source: RowSource,
  { batch, targets, record }: PendingBatch,
  { now, origin }: { readonly now: number; readonly origin: string | null },
): DeadLetter[] {
  const letters = new Map<string, DeadLetter>();
  const refused = new Map<number, number>();
  for (const { index } of record.refusals) refused.set(index, (refused.get(index) ?? 0) + 1);
  const bad = badRows(batch);
  for (const { index, target, rule, reason } of record.refusals) {
    const row = bad.get(index) ?? batch.rows[index];
    if (row === undefined) continue;
    // A bad row that a replay has written as one version is missing in the topic of the other one only.
    const isOfAll = !row.ok && refused.get(index) === targets.length;
    const version = isOfAll ? null : targets[target]?.version ?? null;
    letters.set(`${index} ${version}`, {
      source: source.id,
      file: source.name,
      dataType: DATA_TYPE_OF[source.kind],
      row: row.row,
      line: row.line,
      offset: row.offset,
      length: row.length,
      bytes: batch.raw(row),
      header: batch.header ?? null,
      origin,
      stage: row.ok ? stageOf(rule) : "receiving",
      rule,
      reason,
      messageId: row.messageId ?? null,
      recordedAt: now,
      schemaVersion: version,
      versions: flagOf(targets),
    });
  }
  return [...letters.values()];
}
