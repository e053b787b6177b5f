/**
 * Rows that are in the topics although no checkpoint says so: sent by a run that was killed, or, where a load writes only
 * what is absent, by whichever run.
 *
 * @module
 */
import type { Target } from "./messages.ts";

/** A row that one topic has. */
export interface WrittenRow {
  /** True if it was there before the load began; else it belongs to the load that is gone on with. */
  readonly before: boolean;
  /** Where it is, if that is known. */
  readonly place: { readonly partition: number; readonly offset: bigint } | null;
}

/** What a source asks before it sends rows. */
export interface WrittenRows {
  /** Rows after this one were not sent. */
  readonly lastRow: number;
  find(target: Target, messageId: string): WrittenRow | null;
}
