/**
 * Dead letters from refused rows: where the row stood, which rule it broke, and its original bytes.
 *
 * @module
 */
import { DATA_TYPE_OF } from "../schemas/record_types.ts";
import type { RowSource } from "../sources/source.ts";
import type { DeadLetter, DeadLetterStage } from "../state/dead_letters.ts";
import type { PendingBatch } from "./delivery_window.ts";
import type { VersionFlagValue } from "./messages.ts";

/** Rules that only a log or a crash can name; all others are broken in conversion. */
const SENDING_RULES: ReadonlySet<string> = new Set(["message_too_large", "poison_row"]);

/** What writes the row of a letter, where a flag decides it: loading its file again would write the other rows twice. */
const RULE_STEPS: ReadonlyMap<string, string> = new Map([
  [
    "ambiguous_local_time",
    "To write the row: deno task dlq replay --reason ambiguous_local_time --ambiguous-time earlier|later, with the other " +
    "flags of its load.",
  ],
]);

function stageOf(rule: string): DeadLetterStage {
  return SENDING_RULES.has(rule) ? "sending" : "processing";
}

/** The version flag that a batch was admitted under. */
function flagOf(targets: PendingBatch["targets"]): VersionFlagValue | null {
  const [one, other] = targets;
  return one === undefined ? null : other === undefined ? one.version : "both";
}

/**
 * The letters of a settled batch: one for each refused row and version, but only one for a row that is bad by itself.
 *
 * @param now milliseconds since the epoch.
 */
export function deadLettersOf(source: RowSource, { batch, targets, record }: PendingBatch, now: number): DeadLetter[] {
  const letters = new Map<string, DeadLetter>();
  for (const { index, target, rule, reason } of record.refusals) {
    const row = batch.rows[index];
    if (row === undefined) continue;
    const version = row.ok ? targets[target]?.version ?? null : null;
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
      stage: row.ok ? stageOf(rule) : "receiving",
      rule,
      reason: [reason, RULE_STEPS.get(rule)].filter((part) => part !== undefined).join(" "),
      messageId: row.messageId ?? null,
      recordedAt: now,
      schemaVersion: version,
      versions: flagOf(targets),
    });
  }
  return [...letters.values()];
}
