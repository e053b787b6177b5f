/**
 * The records of a batch of Kafka's format 2, each as it stands in the batch. WebAssembly writes them
 * (wasm/src/record_batches.rs), in chunks, so that its memory does not grow with a batch.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { crc32c, write_records } from "../../wasm/record_path.wasm";
import { clearScratch, putScratch, scratchBytes, takeScratch } from "../../wasm/scratch.ts";
import type { LogRecords } from "../log.ts";
import { type BatchRun, batchRuns, chunksOf, type RunPart } from "./batch_runs.ts";

/** Bytes before the records. */
export const BATCH_HEADER_BYTES = 61;
/** A chunk has no more bytes, unless one record has. Larger than a send of ordinary records. */
const CHUNK_BYTES = 1024 * 1024;
/** In place of addresses. */
const NOTHING = 0;
/** The length of what is null. */
const NULL = -1;
const NO_HEADERS = [NOTHING, NOTHING, NOTHING] as const;
const NO_SOURCE = [NOTHING, 0, 0, NOTHING] as const;
const WORD = 2 ** 32;

/** The records as they stand in the batch. */
export interface WrittenRecords {
  /** The last one is a view of scratch space: of no use once that is used again. */
  readonly pieces: readonly Buffer[];
  /** The checksum of all, if it was wanted. */
  readonly crc: number | null;
}

/** The records of a batch. */
export class BatchBody {
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  /** How many records there are. */
  readonly count: number;
  /** A bound of the bytes of the batch, with its header. */
  readonly maxBytes: number;
  readonly #runs: readonly BatchRun[];

  /** @throws {LogError} `invalid_request` for a timestamp that is not a whole number of milliseconds */
  constructor(records: LogRecords) {
    const runs = this.#runs = batchRuns(records);
    this.baseTimestamp = runs[0]?.run.timestamp ?? 0;
    this.maxTimestamp = runs.reduce((latest, { run }) => Math.max(latest, run.timestamp), 0);
    this.count = runs.reduce((sum, { run }) => sum + run.length, 0);
    this.maxBytes = runs.reduce((sum, each) => sum + each.bytes(0, each.run.length), BATCH_HEADER_BYTES);
  }

  /**
   * Writes the records, after room for the header.
   *
   * @param crc the checksum of what stands before the records; null if none is wanted
   */
  write(crc: number | null): WrittenRecords {
    const pieces: Buffer[] = [];
    let number = 0, last: Buffer = Buffer.alloc(0), checksum = crc;
    for (const chunk of chunksOf(this.#runs, CHUNK_BYTES)) {
      if (number > 0) pieces.push(Buffer.from(last));
      const before = number === 0 ? BATCH_HEADER_BYTES : 0;
      const { output, end } = this.#writeChunk(chunk, { number, before });
      if (checksum !== null) checksum = crc32c(checksum, output + before, end - output - before);
      last = Buffer.from(scratchBytes().buffer, output, end - output);
      for (const { from, to } of chunk) number += to - from;
    }
    return { pieces: [...pieces, last], crc: checksum === null ? null : checksum >>> 0 };
  }

  #writeChunk(
    chunk: readonly RunPart[],
    { number, before }: { readonly number: number; readonly before: number },
  ): { output: number; end: number } {
    clearScratch();
    const runs = putScratch(Uint32Array.from(chunk.flatMap((part) => this.#put(part))));
    const output = takeScratch(chunk.reduce((sum, { of, from, to }) => sum + of.bytes(from, to), before));
    return { output, end: write_records(runs, chunk.length, number, output + before) };
  }

  /** Puts what some records consist of. Returns the words that tell it, in the order of the struct in Rust. */
  #put({ of, from, to }: RunPart): number[] {
    const { key, timestamp, values, ends } = of.run;
    const time = timestamp - this.baseTimestamp, start = of.start(from);
    return [
      to - from,
      Math.floor(time / WORD),
      time,
      key === null ? NOTHING : putScratch(key),
      key?.length ?? NULL,
      putScratch(values.subarray(start, Math.max(start, of.start(to)))),
      start,
      putScratch(ends.subarray(from, to)),
      ...putHeaders(of, from, to),
      ...putSource(of, from, to),
    ];
  }
}

function putHeaders({ headers }: BatchRun, from: number, to: number): readonly number[] {
  if (headers === null) return NO_HEADERS;
  const counts: number[] = [], fields: Uint8Array[] = [];
  for (let at = from; at < to; at++) {
    const own = headers[at] ?? [];
    counts.push(own.length);
    for (const [name, content] of own) fields.push(nameBytes(name), content);
  }
  return [
    putScratch(Uint32Array.from(counts)),
    putScratch(Uint32Array.from(fields, ({ length }) => length)),
    putScratch(Buffer.concat(fields)),
  ];
}

function putSource({ run: { source } }: BatchRun, from: number, to: number): readonly number[] {
  if (source === null) return NO_SOURCE;
  const { origin, firstRow, indexes } = source;
  return [putScratch(origin), Math.floor(firstRow / WORD), firstRow, putScratch(indexes.subarray(from, to))];
}

// A header mostly has the same name as that of the record before.
let lastName = "", lastNameBytes: Uint8Array = new Uint8Array(0);

function nameBytes(name: string): Uint8Array {
  if (name === lastName) return lastNameBytes;
  lastName = name;
  return lastNameBytes = Buffer.from(name);
}
