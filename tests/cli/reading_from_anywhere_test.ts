/** Reading a file from after any of its rows gives the same ids as reading it whole: every resume depends on this. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../kernel/clock.ts";
import { openFileSource } from "../../sources/files/file_source.ts";
import { filePositionOf } from "../../records/content/file_position.ts";
import type { RowSource, SourcePosition } from "../../sources/source.ts";

const SAMPLE = join(import.meta.dirname ?? ".", "..", "..", "..", "shared", "data", "asx", "trades", "7078.csv");
/** Number of rows to read from each position; a longer instant is read to its end. */
const FEW = 3;

interface RowRead {
  readonly id: string;
  readonly micros: number;
  readonly text: string;
  /** The position after it. */
  readonly next: SourcePosition;
}

const decoder = new TextDecoder();

function ticksOf(path: string): RowSource {
  return openFileSource({
    path,
    format: "asx-ticks",
    kind: "trade",
    exchange: "ASX",
    assetClass: "equities",
    symbol: "BHP",
    companyId: "7078",
    currency: "AUD",
    timeZone: "Australia/Sydney",
    clock: systemClock,
  });
}

/** Reads row by row, to get the position after each row. */
async function readRows(source: RowSource, from?: SourcePosition, most = Infinity): Promise<RowRead[]> {
  const rows: RowRead[] = [];
  const reader = await source.open(from);
  try {
    for (let batch = await reader.next(1); batch !== null && rows.length < most; batch = await reader.next(1)) {
      for (const row of batch.rows) {
        const micros = row.ok && "timestamp" in row.record ? row.record.timestamp : 0;
        const text = decoder.decode(batch.raw(row));
        rows.push({ id: row.messageId ?? "", micros, text, next: batch.next });
      }
      if (rows.length >= most) break;
    }
  } finally {
    await reader.close();
  }
  return rows;
}

/** How many rows after a position belong to the instant of the row before it, plus a few more. */
function reach(rows: readonly RowRead[], at: number): number {
  let last = at;
  while (rows[last + 1]?.micros === rows[at]?.micros && last < rows.length) last += 1;
  return last - at + FEW;
}

/** Whether a later row in an instant equals an earlier one in it, this row included. */
function repeatsLater(rows: readonly RowRead[], at: number): boolean {
  const micros = rows[at]?.micros;
  const before = new Set<string>();
  for (let row = at; rows[row]?.micros === micros; row--) before.add(rows[row]?.text ?? "");
  for (let row = at + 1; rows[row]?.micros === micros; row++) if (before.has(rows[row]?.text ?? "")) return true;
  return false;
}

/** The rows after which a reader gives other ids than one that has read the whole file. */
async function differing(
  source: RowSource,
  positionOf: (position: SourcePosition) => SourcePosition,
  { of: whole, every = 1 }: { readonly of: readonly RowRead[]; readonly every?: number },
): Promise<number[]> {
  const wrong: number[] = [];
  for (let at = 0; at < whole.length; at += every) {
    const { next } = whole[at] ?? assert.fail();
    const count = reach(whole, at);
    const ids = (await readRows(source, positionOf(next), count)).map(({ id }) => id);
    const expected = whole.slice(at + 1, at + 1 + count).map(({ id }) => id);
    if (ids.join() !== expected.join()) wrong.push(at + 1);
  }
  return wrong;
}

/** A position that has forgotten the rows of its instant. */
function forgetful(position: SourcePosition): SourcePosition {
  const { row, at } = filePositionOf(position);
  return { row, at: { ...at, openInstant: { micros: at.openInstant.micros, counts: [] } } };
}

/** Instants of one to eight rows, most of them equal to others; sometimes a bad row or a late one. */
function generated(rows: number): string {
  const lines: string[] = [];
  for (let instant = 0; lines.length < rows; instant++) {
    const time = new Date(instant * 1_000 + 36_000_000).toISOString().slice(11, 23);
    for (let row = 0; row <= (instant * 7) % 8; row++) {
      const price = (instant + row) % 13 === 0 ? "none" : `4${row % 2}.5`;
      const at = (instant + row) % 17 === 0 ? "10:00:00.000" : time;
      lines.push(`03/10/2014,${at},${price},${100 + (row % 3)},0,,`);
    }
  }
  return lines.map((line) => `${line}\r\n`).join("");
}

Deno.test("reading from after any row gives the next rows the same ids, within instants of equal rows too", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "7078.csv");
    await Deno.writeTextFile(path, generated(600));
    const source = ticksOf(path);
    const whole = await readRows(source);
    const ids = whole.flatMap(({ id }) => id === "" ? [] : [id]);
    assert.equal(new Set(ids).size, ids.length);
    assert.deepEqual(await differing(source, (position) => position, { of: whole }), []);
    const stored = (position: SourcePosition): SourcePosition => JSON.parse(JSON.stringify(position));
    assert.deepEqual(await differing(source, stored, { of: whole, every: 7 }), [], "as a checkpoint keeps it");
    assert.ok(
      (await differing(source, forgetful, { of: whole })).length > whole.length / 4,
      "the file puts it to the test",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const present = await Deno.stat(SAMPLE).then(() => true, () => false);
if (!present) console.log("The sample ticks are not there: reading them from any row is left out.");

Deno.test({
  name: "reading real ticks from after any row of an instant with equal rows gives the next rows the same ids",
  ignore: !present,
  fn: async () => {
    const source = ticksOf(SAMPLE);
    const whole = await readRows(source);
    // Only there do the counters matter.
    const within = whole.flatMap((_, at) => repeatsLater(whole, at) ? [at] : []);
    assert.ok(within.length > 1_000);
    let forgotten = 0;
    for (const at of within) {
      const { next } = whole[at] ?? assert.fail();
      const count = reach(whole, at) - FEW;
      const expected = whole.slice(at + 1, at + 1 + count).map(({ id }) => id).join();
      const idsFrom = async (position: SourcePosition) =>
        (await readRows(source, position, count)).map(({ id }) => id).join();
      assert.equal(await idsFrom(next), expected, `after row ${at + 1}`);
      if (await idsFrom(forgetful(next)) !== expected) forgotten += 1;
    }
    assert.equal(forgotten, within.length, "forgotten counters give other ids");
  },
});
