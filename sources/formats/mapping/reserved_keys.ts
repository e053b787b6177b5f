/**
 * Keys of vendor_data that have one meaning in all formats. docs/vendor_data.md explains them.
 *
 * @module
 */

/** What a venue numbers. */
export const SEQUENCE_SCOPES = ["symbol", "channel", "feed", "session", "file"] as const;

/** What a venue numbers. */
export type SequenceScope = (typeof SEQUENCE_SCOPES)[number];

/** Keys that follow from other parts of a mapping, which therefore does not give them, and the part that does. */
export const DERIVED_KEYS: Readonly<Record<string, string>> = {
  timestamp_ns: 'it has the whole instant where "finer" is "keep"',
  trade_date: '"tradeDate" gives it',
  absent_side: '"oneSided" gives it',
  sequence: '"fields.sequence" gives it',
  sequence_scope: '"fields.sequence.scope" gives it',
  conditions_raw: '"fields.trade_conditions.scheme" gives it',
  conditions_scheme: '"fields.trade_conditions.scheme" gives it',
  correction_code: '"rows.corrections" gives it',
  qualifiers: '"fields.qualifiers" gives it',
  venue: '"fields.venue" gives it',
  buyer_id: '"fields.buyer_id" gives it',
  company_id: "--company-id gives it",
};
