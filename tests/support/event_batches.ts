/** Batches in columns for tests of encoding. */
import assert from "node:assert/strict";
import { systemClock } from "../../kernel/clock.ts";
import type { RecordKind } from "../../schemas/record_types.ts";
import { openFileSource } from "../../sources/files/file_source.ts";
import { type RowBatch, rowCount } from "../../sources/source.ts";
import { Delivery, type RowStates } from "../../actors/delivery/delivery.ts";
import { refuseBadRows } from "../../actors/delivery/pending_batch.ts";
import type { EncodedRecords } from "../../actors/encoding/encoded_records.ts";
import type { RowsAdmitted, Target } from "../../actors/messages.ts";

/** Trades that v1 takes too: some share fields, some are alike. */
export const TRADES = `03/10/2014,10:00:06.717,36.78,358,0,,
03/10/2014,10:00:06.717,36.78,358,0,,
03/10/2014,10:00:06.717,36.78,358,3,X,
03/10/2014,10:00:06.718,36.12,1,25,,36.77
03/11/2014,09:00:06.718,12,15,0,,
`;
export const QUOTES = `03/10/2014,10:00:06.717,36.78,36.79,358,1000
03/10/2014,10:00:06.717,0,36.791234,0,99999
03/11/2014,10:00:06.717,36.78,36.79,358,1000
`;

/** Rows of a tick file as one batch. */
export async function batchOf(
  kind: RecordKind,
  text: string,
  { companyId }: { readonly companyId: string | undefined } = { companyId: "7078" },
): Promise<RowBatch> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, text);
    const reader = await openFileSource({
      path,
      format: "asx-ticks",
      kind,
      exchange: "ASX",
      assetClass: "equities",
      symbol: "BHP",
      companyId,
      currency: "AUD",
      timeZone: "Australia/Sydney",
      clock: systemClock,
    }).open();
    const batch = await reader.next(1000);
    await reader.close();
    return batch ?? assert.fail("there are rows");
  } finally {
    await Deno.remove(path);
  }
}

/** A batch as a source sends it, and its outcome. */
export function admittedOf(
  batch: RowBatch,
  targets: readonly Target[],
): { message: RowsAdmitted; record: RowStates; causes: unknown[] } {
  const rows = rowCount(batch);
  const record: RowStates = { rows, states: targets.map(() => new Uint8Array(rows)), refusals: [] };
  refuseBadRows({ batch, record });
  const causes: unknown[] = [];
  const delivery = new Delivery(record, (cause) => causes.push(cause));
  const place = { stream: { source: "file" }, run: 1, index: 0 };
  const from = { origin: Uint8Array.fromHex("0123456789abcdef"), firstRow: batch.from.row + 1 };
  return { message: { type: "rows_admitted", place, epoch: 1, targets, batch, from, delivery }, record, causes };
}

/** Records as plain data. */
export function plain(records: EncodedRecords): unknown[] {
  return Array.from(records, ({ value, headers, ...rest }) => ({
    ...rest,
    value: value.toHex(),
    headers: headers.map(([name, bytes]) => [name, bytes.toHex()]),
  }));
}
