/**
 * Reads Kafka's record batches as tables. WebAssembly finds the records (wasm/src/stored_records.rs).
 *
 * @module
 */
import { find_records } from "../../wasm/record_path.wasm";
import { clearScratch, putScratch, scratchBytes, takeScratch } from "../../wasm/scratch.ts";
import { type RecordTable, STORED } from "../record_table.ts";
import {
  damagedBatch,
  type DecodedChunk,
  eachBatch,
  type OpenBatch,
  type WantedOffsets,
} from "./record_batch_decoder.ts";

const WORD_BYTES = 4;
const OFFSET_BYTES = 8;
/** Bytes that a record takes at least: a batch that claims to have more records than its bytes allow is damaged. */
const SHORTEST_RECORD = 7;

/**
 * Decodes complete batches as `decodeRecords` does, the wanted records of them.
 *
 * @throws {LogError} `client` for another format, a wrong checksum, and records that cannot be decompressed or decoded
 */
export function decodeRecordTable(bytes: Uint8Array, wanted: WantedOffsets): DecodedChunk<RecordTable> {
  const tables: RecordTable[] = [];
  const { next, rest } = eachBatch(bytes, (batch) => {
    const table = tableOfBatch(batch, { wanted, before: tables });
    if (table.size > 0) tables.push(table);
  });
  return { chunk: tables.length === 0 ? null : joined(tables), next, rest };
}

/** @param before whose places come before those of this batch, once they are joined */
function tableOfBatch(
  { baseOffset, count, body }: OpenBatch,
  { wanted: { from, to }, before }: { readonly wanted: WantedOffsets; readonly before: readonly RecordTable[] },
): RecordTable {
  if (count > body.length / SHORTEST_RECORD) throw damagedBatch(baseOffset);
  const base = before[0]?.base ?? baseOffset;
  const place = before.reduce((sum, { bytes }) => sum + bytes.length, 0);
  clearScratch();
  const input = putScratch(body);
  const entries = takeScratch(count * STORED.words * WORD_BYTES), offsets = takeScratch(count * OFFSET_BYTES);
  const limits = [from - baseOffset, to === undefined ? null : to - baseOffset].map((one) =>
    one === null ? Infinity : Number(one)
  );
  const job = new Float64Array(4);
  job.set([...limits, Number(baseOffset - base)]);
  new Uint32Array(job.buffer).set([place, count], 6);
  const size = find_records(input, body.length, putScratch(job), entries, offsets);
  if (size < 0) throw damagedBatch(baseOffset);
  const found = (at: number, length: number) => scratchBytes().slice(at, at + length).buffer;
  return {
    size,
    bytes: body,
    words: new Uint32Array(found(entries, size * STORED.words * WORD_BYTES)),
    offsets: new Float64Array(found(offsets, size * OFFSET_BYTES)),
    base,
  };
}

function joined(tables: readonly RecordTable[]): RecordTable {
  const [first] = tables;
  if (tables.length === 1 && first !== undefined) return first;
  const size = tables.reduce((sum, table) => sum + table.size, 0);
  const bytes = new Uint8Array(tables.reduce((sum, table) => sum + table.bytes.length, 0));
  const words = new Uint32Array(size * STORED.words), offsets = new Float64Array(size);
  let record = 0, at = 0;
  for (const table of tables) {
    bytes.set(table.bytes, at);
    words.set(table.words, record * STORED.words);
    offsets.set(table.offsets, record);
    record += table.size;
    at += table.bytes.length;
  }
  return { size, bytes, words, offsets, base: first?.base ?? 0n };
}
