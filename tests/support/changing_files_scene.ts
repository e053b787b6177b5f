/** Helpers for tests of changing files: a file in some form, its loads, and the topic's content after them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { codecFor } from "../../schemas/codec.ts";
import { parseFrame } from "../../schemas/avro/wire.ts";
import type { StoredRecord } from "../../transport/log.ts";
import { sourceOf } from "../../transport/source_header.ts";
import { storedMessageId } from "../../records/ids/stored_identity.ts";
import type { SourceOptions } from "../../runtime.ts";
import { openFileSource } from "../../sources/files/file_source.ts";
import { type HeldBack, type RowSource, SourceError } from "../../sources/source.ts";
import { MortalProcess } from "./mortal_process.ts";
import { TOPIC } from "./pipeline_harness.ts";
import { passTime, type ResumeBench, resumeBench, timeUntil, whileTimePasses } from "./resume_harness.ts";

/** How the bytes of rows become those of a file; appended bytes come later, as by `cat >>` or a further member. */
export interface Form {
  readonly suffix: string;
  readonly bytes: (text: string) => Uint8Array;
}

const encoder = new TextEncoder();
export const FORMS: readonly Form[] = [
  { suffix: "", bytes: (text) => encoder.encode(text) },
  { suffix: ".gz", bytes: (text) => gzipSync(text) },
  { suffix: ".zst", bytes: (text) => zstdCompressSync(text) },
];
const SMALL = { pipeline: { batchRows: 10, windowRows: 100, checkpointRows: 40 } };
const FIELDS = { format: "csv", kind: "trade", exchange: "ASX", assetClass: "equities", companyId: "7" } as const;

export interface Ended {
  readonly type: string;
  /** Code or name of the error that stopped it. */
  readonly error: string | null;
  readonly message: string;
  readonly acked: number;
  readonly heldBack: HeldBack | null;
  readonly complete: boolean;
  readonly told: ReadonlyMap<string, unknown>;
}

export interface Scene extends ResumeBench {
  readonly folder: string;
  readonly path: string;
  write(text: string, options?: { append?: boolean; to?: string }): void;
  load(options?: LoadOptions): Promise<Ended>;
  /** Loads with a stalled send of the last rows, and runs a function meanwhile. */
  whileDraining(work: () => void | Promise<void>): Promise<Ended>;
  /** How often each row is in the topic, by its message id. */
  written(): Map<string, number>;
  /** The topic's content in order: number and quantity of each row, and its vendor data. */
  records(): [row: number | undefined, quantity: string, note?: string][];
}

export interface LoadOptions extends SourceOptions {
  readonly path?: string;
  readonly takeLastLine?: boolean;
  readonly currency?: string;
  readonly during?: (process: MortalProcess) => Promise<void>;
  /** Called when the reader meets the end of the file for the first time. */
  readonly atEnd?: () => void;
  /** The process dies with the send of this row, which is written. */
  readonly diesAtRow?: number;
}

export async function scene(form: Form, body: (scene: Scene) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    using bench = resumeBench(folder, SMALL);
    const { clock, around, settings, broker } = bench;
    const path = join(folder, `a.csv${form.suffix}`);
    const load = async (
      { path: file = path, takeLastLine, currency = "AUD", during, atEnd, diesAtRow, ...options }: LoadOptions = {},
    ) => {
      const death = diesAtRow === undefined ? {} : { death: { atRow: diesAtRow, stored: true } };
      const process = await MortalProcess.start(around, { settings, random: () => 0.5, ...death });
      const source = openFileSource({
        ...FIELDS,
        path: file,
        currency,
        takeLastLine,
        timeZone: "Australia/Sydney",
        clock,
      });
      const handle = await process.runtime.addSource(atEnd === undefined ? source : watched(source, atEnd), options);
      if (during !== undefined) await during(process);
      if (diesAtRow !== undefined) {
        await timeUntil(clock, () => !process.alive);
        await whileTimePasses(clock, process.remove());
      }
      const end = await whileTimePasses(clock, handle.done.catch(() => ({ type: "cut off" } as const)));
      await whileTimePasses(clock, process.remove());
      const cause = end.type === "stopped" && end.cause instanceof Error ? end.cause : null;
      return {
        type: end.type,
        error: cause instanceof SourceError ? cause.code : cause?.name ?? null,
        message: cause?.message ?? "",
        acked: handle.account.totals().acked,
        heldBack: handle.heldBack(),
        complete: handle.resumed()?.complete ?? false,
        told: new Map(process.events.map((event) => [event.type, event])),
      };
    };
    await body({
      ...bench,
      folder,
      path,
      load,
      write: (text, { append = false, to = path } = {}) => Deno.writeFileSync(to, form.bytes(text), { append }),
      whileDraining: async (work) => {
        const hung = broker.faults.next("send", { type: "hang" }, { times: Infinity });
        return await load({
          during: async (process) => {
            await whileTimePasses(clock, hung.reached);
            await timeUntil(clock, () => process.runtime.account().totals().read === 30);
            // The end of so short a file comes after its last row.
            await passTime(clock, 1_000);
            await work();
            hung.release();
          },
        });
      },
      records: () => broker.appends.filter(({ topic }) => topic === TOPIC).flatMap(({ records }) => records.map(shown)),
      written: () => {
        const ids = new Map<string, number>();
        for (const { topic, records } of broker.appends) {
          if (topic !== TOPIC) continue;
          for (const record of records) {
            const id = storedMessageId(record) ?? "?";
            ids.set(id, (ids.get(id) ?? 0) + 1);
          }
        }
        return ids;
      },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Lines of equal lengths, a second apart. */
export function lines(count: number, { from = 0, price = "45.5" } = {}): string {
  return Array.from({ length: count }, (_, at) => {
    const time = new Date(Date.UTC(2024, 4, 6) + (from + at) * 1_000).toISOString();
    return `BHP,${time},${price},${1 + (from + at) % 3},AUD\n`;
  }).join("");
}

/** Asserts that the topic holds exactly this many rows, each once. */
export function assertOnce({ written }: Scene, rows: number): void {
  const ids = written();
  assert.deepEqual([...ids.values()].filter((times) => times !== 1), [], "no row twice");
  assert.equal(ids.size, rows);
}

const codec = codecFor("trade", "v2");

function shown(record: Pick<StoredRecord, "value" | "headers">): [number | undefined, string, string?] {
  assert.ok(record.value);
  const { quantity, vendor_data } = codec.decode(parseFrame(record.value).body);
  const note = vendor_data?.["note"];
  const row = sourceOf(record)?.row, text = Number(String(quantity)).toString();
  return note === undefined ? [row, text] : [row, text, note];
}

function watched(source: RowSource, atEnd: () => void): RowSource {
  let met = false;
  return {
    ...source,
    open: async (from) => {
      const reader = await source.open(from);
      const next = reader.next.bind(reader);
      reader.next = async (rows) => {
        const batch = await next(rows);
        if (batch === null && !met) atEnd();
        met ||= batch === null;
        return batch;
      };
      return reader;
    },
  };
}
