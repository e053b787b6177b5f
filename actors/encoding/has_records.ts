/**
 * Whether a batch has anything to write for a target, before a schema is registered for it.
 *
 * @module
 */
import { badRows, type RowBatch } from "../../sources/source.ts";
import { encodeRows } from "./encode_rows.ts";
import type { Target } from "../messages.ts";

/** True if a row of the batch can be a record of the target's version. */
export function hasRecords(batch: RowBatch, target: Target): boolean {
  const bad = badRows(batch);
  const delivery = { isPending: (_: number, index: number) => !bad.has(index), refuse: () => {} };
  try {
    return encodeRows({ batch, from: null, delivery }, 0, target).length > 0;
  } catch {
    // A row that crashes this crashes the converter too, which finds out which one it is. Other rows may be records.
    return true;
  }
}
