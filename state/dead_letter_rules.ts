/**
 * Why a row is dead-lettered: the one closed list of codes.
 *
 * @module
 */
import { RECORD_RULES } from "../records/errors.ts";
import { ROW_FORM_RULES, type RowRule } from "../records/row_rules.ts";

/** The code of a rule that no row breaks by itself: what is found when it is written. */
export type WritingRule = "not_encodable" | "message_too_large" | "poison_row" | "unlisted";

const WRITING_RULES: Readonly<Record<WritingRule, string>> = {
  not_encodable: "the record cannot be encoded with the schema",
  message_too_large: "the topic takes no record of this size, even alone",
  poison_row: "the row crashed the pipeline each time it was processed alone",
  unlisted: "the code is none of this version's; the reason begins with it",
};

/**
 * Every code of a dead letter, each with what it means: the rules of a row's form, those of its values, and those of
 * writing. The codes are public: exports and reports carry them, and docs/dead_letters.md lists them.
 */
export const DEAD_LETTER_RULES: Readonly<Record<DeadLetterRule, string>> = {
  ...ROW_FORM_RULES,
  ...RECORD_RULES,
  ...WRITING_RULES,
};

/** The code of a dead letter. */
export type DeadLetterRule = RowRule | WritingRule;

/** True if the text is one of the codes. */
export function isDeadLetterRule(text: string): text is DeadLetterRule {
  return Object.hasOwn(DEAD_LETTER_RULES, text);
}
