/**
 * Content of the state database: dead letters and checkpoints of which any part may be damaged.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { letterLines, letterTable } from "../../../cli/dlq/letter_text.ts";
import { CheckpointBodyError, decodeBody, encodeBody } from "../../../state/checkpoint.ts";
import { columnsOf, letterOf } from "../../../state/dead_letter.ts";
import { deadLetterJson } from "../../../state/dead_letter_export.ts";
import { isDeadLetterRule } from "../../../state/dead_letter_rules.ts";
import { guarded, StorageError } from "../../../storage/storage_error.ts";
import { ACCEPTED, expect, type FuzzTarget, looseText } from "../fuzz_target.ts";

const KEY = { source: "trades:/data/7078.csv", versions: "v2" } as const;

export const checkpointBody: FuzzTarget = {
  name: "checkpoint_body",
  run(input) {
    try {
      const checkpoint = decodeBody(KEY, looseText(input));
      const again = encodeBody(decodeBody(KEY, encodeBody(checkpoint)));
      expect(again === encodeBody(checkpoint), () => "the checkpoint does not come back");
      return ACCEPTED;
    } catch (error) {
      if (error instanceof CheckpointBodyError) return "body_error";
      throw error;
    }
  },
};

/** The input is a row's columns as JSON, with the original in base64; any other input is the original of a whole row. */
export const deadLetter: FuzzTarget = {
  name: "dead_letter",
  run(input) {
    try {
      const letter = guarded("state.sqlite", () => letterOf(rowOf(input)));
      expect(isDeadLetterRule(letter.rule), () => `${letter.rule} is no rule`);
      JSON.stringify(deadLetterJson(letter));
      letterTable([letter], "/data");
      letterLines(letter);
      columnsOf(letter);
      return letter.intact ? ACCEPTED : "not_intact";
    } catch (error) {
      if (error instanceof StorageError) return error.code;
      throw error;
    }
  },
};

const WHOLE = {
  id: 1,
  source: "trades:/data/7078.csv",
  data_type: "trades",
  row: 17,
  target: "-",
  versions: "v2",
  file: "7078.csv",
  line: 17,
  byte_offset: 640,
  byte_length: 6,
  stage: "receiving",
  rule: "bad_date",
  reason: "date is refused",
  message_id: null,
  checksum: null,
  recorded_at: 1_700_000_000_000,
  header: null,
  origin: null,
  retired_at: null,
  retired_why: null,
};

/** Values as SQLite gives them: integers, text, bytes and null. */
function rowOf(input: Uint8Array): Record<string, unknown> {
  let columns: unknown;
  try {
    columns = JSON.parse(looseText(input));
  } catch {
    return { ...WHOLE, original: input };
  }
  if (typeof columns !== "object" || columns === null) return { ...WHOLE, reason: String(columns), original: input };
  const values = Object.entries(columns).map(([name, value]) => [name, columnOf(name, value)] as const);
  return { ...WHOLE, original: new Uint8Array(0), ...Object.fromEntries(values) };
}

function columnOf(name: string, value: unknown): unknown {
  if (name === "original" && typeof value === "string") return new Uint8Array(Buffer.from(value, "base64"));
  if (typeof value === "number") return Math.max(-(2 ** 53) + 1, Math.min(2 ** 53 - 1, Math.trunc(value)));
  return typeof value === "string" || value === null ? value : String(value);
}
