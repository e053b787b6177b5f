/**
 * The rules by which a row of a source is refused: those of a record's values, and those of the row's form.
 *
 * @module
 */
import type { RecordRule } from "./errors.ts";

/**
 * Rules of a row's form, each with what it means. The codes are public: dead letters carry them, and docs/sources.md lists
 * them.
 */
export const ROW_FORM_RULES = {
  blank_line: "the line is empty, and not the last one",
  no_line_end: "the stream ended before the line did, so that it may be the half of a row",
  repeated_header: "the line is the header once more",
  wrong_column_count: "the row has too few or too many columns",
  unterminated_quote: "a quoted field does not end within the row",
  misplaced_quote: "a quote stands inside an unquoted field, or text follows a closing quote",
  row_too_long: "the row is longer than the limit",
  nul_byte: "the row holds a NUL byte",
  invalid_utf8: "the row is not valid UTF-8",
  not_json: "the line is not one JSON object",
  duplicate_key: "the JSON object has the same key twice",
  too_deep: "the JSON value is nested too deeply",
  several_records: "the line has several records, and cannot be taken for one row each",
  correction: "the row corrects or cancels another one",
  passed_over: "the format says that such a row is no record",
} as const;

/** The code of a rule that the form of a row can break. */
export type RowFormRule = keyof typeof ROW_FORM_RULES;

/** The code of any rule that a row can break. */
export type RowRule = RowFormRule | RecordRule;
