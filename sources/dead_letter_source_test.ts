import assert from "node:assert/strict";
import { join } from "node:path";
import { messageIdOf } from "../records/ids/identity.ts";
import { FIXED_CLOCK } from "../tests/support/source_input.ts";
import { type DeadLetterSourceOptions, type LetterRow, openDeadLetterSource } from "./dead_letter_source.ts";
import { openFileSource } from "./files/file_source.ts";
import { type RowBatch, type RowSource, SourceError, type SourceErrorCode, type SourceRow } from "./source.ts";

const STORED_ID = "01234567-89ab-8def-8123-456789abcdef";
const TRADE = "03/10/2014,10:00:06.717,36.78,358,0,,";
/** Happened twice: the clocks were put back at 3:00. */
const AMBIGUOUS = "04/06/2014,02:30:00.000,36.78,358,0,,";
const OPTIONS = {
  id: "replay:trades:/data/7078.csv",
  path: "/data/7078.csv",
  format: "asx-ticks",
  kind: "trade",
  exchange: "asx",
  assetClass: "equities",
  symbol: "TFA",
  currency: "AUD",
  timeZone: "Australia/Sydney",
  clock: FIXED_CLOCK,
} satisfies Omit<DeadLetterSourceOptions, "rowsAfter">;

const ORIGIN = "00000000000000aa";

function letter(row: number, text: string | Uint8Array, messageId: string | null = null): LetterRow {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return {
    row,
    line: row + 1,
    offset: row * 100,
    length: bytes.length,
    bytes,
    messageId,
    header: null,
    origin: ORIGIN,
  };
}

function sourceOf(letters: readonly LetterRow[], options: Partial<DeadLetterSourceOptions> = {}): RowSource {
  const rowsAfter = (after: number, limit: number) => letters.filter(({ row }) => row > after).slice(0, limit);
  return openDeadLetterSource({ ...OPTIONS, rowsAfter, ...options });
}

async function batchesOf(source: RowSource, maxRows = 1000): Promise<RowBatch[]> {
  const reader = await source.open();
  const batches: RowBatch[] = [];
  for (let batch = await reader.next(maxRows); batch !== null; batch = await reader.next(maxRows)) batches.push(batch);
  await reader.close();
  return batches;
}

async function rowsOf(letters: readonly LetterRow[], options?: Partial<DeadLetterSourceOptions>): Promise<SourceRow[]> {
  return (await batchesOf(sourceOf(letters, options))).flatMap(({ rows }) => rows);
}

async function theRow(given: LetterRow, options?: Partial<DeadLetterSourceOptions>): Promise<SourceRow> {
  const [row, ...others] = await rowsOf([given], options);
  assert.deepEqual(others, []);
  assert.ok(row);
  return row;
}

function isSourceError(code: SourceErrorCode, pattern: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof SourceError && error.code === code && pattern.test(error.message);
}

async function withFile(content: string | Uint8Array, run: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    const path = join(folder, "rows.csv");
    await Deno.writeFile(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
    await run(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("openDeadLetterSource() gives a row its place, its bytes and the id that it had", async () => {
  const given = letter(17, TRADE, STORED_ID);
  const source = sourceOf([given]);
  assert.deepEqual([source.id, source.name, source.exchange, source.resumable], [
    OPTIONS.id,
    "/data/7078.csv",
    "ASX",
    false,
  ]);
  const [batch] = await batchesOf(source);
  const [row] = batch?.rows ?? [];
  assert.ok(batch && row?.ok);
  assert.deepEqual([row.row, row.line, row.offset, row.length], [17, 18, 1700, TRADE.length]);
  assert.deepEqual(batch.raw(row), given.bytes);
  assert.equal(row.messageId, STORED_ID);
  assert.equal(row.tradeDate, "2014-03-10");
  assert.partialDeepStrictEqual(row.record, {
    message_id: STORED_ID,
    trade_id: `ASX-TFA-1394406006717000-${STORED_ID.slice(0, 8)}`,
    source_sequence: null,
    ingestion_timestamp: FIXED_CLOCK.now() * 1000,
  });
});

Deno.test("openDeadLetterSource() tells a row without an id from an equal one that was written", async () => {
  const fields = {
    dataType: "trades",
    assetClass: "equities",
    exchange: "ASX",
    symbol: "TFA",
    micros: 1394406006717000,
    price: 3678000000n,
    quantity: 35800000000n,
    qualifiers: 0,
    venue: "",
    extra: "",
  } as const;
  const rows = await rowsOf([letter(3, TRADE), letter(4, TRADE), letter(9, TRADE, STORED_ID), letter(10, TRADE)]);
  const ids = rows.map(({ messageId }) => messageId);
  const byRow = (number: number) => messageIdOf(fields, { by: "row", number });
  assert.deepEqual(ids, [byRow(3), byRow(4), STORED_ID, byRow(10)]);
  assert.ok(!ids.includes(messageIdOf(fields)));
});

Deno.test("openDeadLetterSource() reads the rows with the settings of now", async () => {
  const refused = await theRow(letter(1, AMBIGUOUS));
  assert.ok(!refused.ok);
  assert.equal(refused.rule, "ambiguous_local_time");
  const row = await theRow(letter(1, AMBIGUOUS), { ambiguousTime: "later" });
  assert.ok(row.ok);
  assert.partialDeepStrictEqual(row.record, { timestamp: Date.UTC(2014, 3, 5, 16, 30) * 1000 });
});

Deno.test("openDeadLetterSource() makes the records that loading the file makes, but for the ids of unreadable rows", async () => {
  await withFile([TRADE, AMBIGUOUS, "x", TRADE, AMBIGUOUS].map((row) => `${row}\r\n`).join(""), async (path) => {
    const settings = { ...OPTIONS, path, ambiguousTime: "earlier" } as const;
    const [whole] = await batchesOf(openFileSource(settings));
    assert.ok(whole);
    const letters = whole.rows.map((row): LetterRow => {
      const { row: number, line, offset, length } = row;
      const known = row.ok && number !== 2 ? row.messageId : null;
      return {
        row: number,
        line,
        offset,
        length,
        bytes: whole.raw(row).slice(),
        messageId: known,
        header: null,
        origin: ORIGIN,
      };
    });
    const replayed = (await rowsOf(letters, settings)).map((row) => {
      if (!row.ok) return row;
      const { replayOf, ...rest } = row;
      assert.equal(replayOf?.toHex(), ORIGIN);
      return rest;
    });
    assert.deepEqual(replayed.filter(({ row }) => row !== 2), whole.rows.filter(({ row }) => row !== 2));
    const [before, after] = [whole.rows[1], replayed[1]];
    assert.ok(before?.ok && after?.ok);
    assert.notEqual(after.messageId, before.messageId);
    assert.deepEqual({ ...after.record, message_id: "", trade_id: "" }, {
      ...before.record,
      message_id: "",
      trade_id: "",
    });
  });
});

Deno.test("openDeadLetterSource() keeps the id of a row whose venue gives one", async () => {
  const text = '{"trade_id":"T1","symbol":"TFA","timestamp":"2014-03-10T10:00:06+11:00","price":"1","quantity":"1"}';
  const row = await theRow(letter(1, text, STORED_ID), { format: "ndjson" });
  assert.ok(row.ok);
  assert.equal(row.messageId, STORED_ID);
  assert.partialDeepStrictEqual(row.record, { message_id: STORED_ID, trade_id: "T1" });
  const other = await theRow(letter(1, text), { format: "ndjson" });
  const event = { dataType: "trades", assetClass: "equities", exchange: "ASX", symbol: "TFA", venueId: "T1" } as const;
  assert.equal(
    other.messageId,
    messageIdOf({ ...event, scope: "day", tradeDate: "2014-03-10" }),
    "the one that a load gives",
  );
  const ofSymbol = await theRow(letter(1, text), { format: "ndjson", idScope: "symbol" });
  assert.equal(ofSymbol.messageId, messageIdOf({ ...event, scope: "symbol" }));
});

for (
  const [what, bytes, rule] of [
    ["that is no record", "1,2", "wrong_column_count"],
    ["that is empty", "", "blank_line"],
    ["that is not UTF-8", Uint8Array.of(0x31, 0xff), "invalid_utf8"],
    ["that holds a NUL", Uint8Array.of(0x31, 0), "nul_byte"],
  ] as const
) {
  Deno.test(`openDeadLetterSource() refuses a row ${what} again, and keeps its id`, async () => {
    const row = await theRow(letter(5, bytes, STORED_ID));
    assert.ok(!row.ok);
    assert.deepEqual([row.rule, row.row, row.messageId], [rule, 5, STORED_ID]);
    assert.equal("messageId" in await theRow(letter(5, bytes)), false);
  });
}

Deno.test("openDeadLetterSource() takes the columns of each csv row from its letter, not from the file as it is now", async () => {
  await withFile("timestamp,quantity,price,symbol\n", async (path) => {
    const letters = [
      { ...letter(1, "TFA,2014-03-10T10:00:06+11:00,1.5,2"), header: "symbol,timestamp,price,quantity" },
      { ...letter(2, "TFA,2014-03-10T10:00:06+11:00,2,3"), header: "symbol,timestamp,volume,price" },
    ];
    const prices = (rows: readonly SourceRow[]) =>
      rows.map((row) => row.ok && "price" in row.record && row.record.price);
    assert.deepEqual(prices(await rowsOf(letters, { format: "csv", path })), [150000000n, 300000000n]);
    const gone = await rowsOf(letters, { format: "csv", path: "/no/such/file.csv" });
    assert.deepEqual(prices(gone), [150000000n, 300000000n]);
    const header = "symbol,timestamp,quantity,price";
    await assert.rejects(
      rowsOf(letters, { format: "csv", path, header }),
      isSourceError("bad_header", /Row 1 .* with the columns symbol,timestamp,price,quantity\. Leave --header out/),
    );
  });
});

Deno.test("openDeadLetterSource() takes the columns of a csv row whose letter has none as they are given", async () => {
  const given = letter(1, "1.5,2,TFA,2014-03-10T10:00:06+11:00");
  const row = await theRow(given, { format: "csv", header: "price,volume,symbol,timestamp" });
  assert.ok(row.ok);
  assert.partialDeepStrictEqual(row.record, { symbol: "TFA", price: 150000000n, quantity: 200000000n });
});

Deno.test("openDeadLetterSource() does not guess the columns of a row whose letter has none", async () => {
  const read = (options: Partial<DeadLetterSourceOptions>) =>
    rowsOf([letter(1, "TFA,2014-03-10T10:00:06+11:00,1.5,2")], { format: "csv", ...options });
  await assert.rejects(read({ header: "a,b" }), isSourceError("bad_header", /--header does not name the columns/));
  await withFile("symbol,timestamp,price,quantity\n", async (path) => {
    await assert.rejects(read({ path }), isSourceError("bad_header", /row 1 .* with --header\.$/));
  });
});

Deno.test("openDeadLetterSource() gives the rows in batches as they are asked for, each row once", async () => {
  const letters = Array.from({ length: 600 }, (_, index) => letter(index * 2 + 1, TRADE));
  const asked = await batchesOf(sourceOf(letters), 7);
  assert.ok(asked.every(({ rows }) => rows.length <= 7));
  const most = await batchesOf(sourceOf(letters), 100_000);
  assert.deepEqual(most.map(({ rows }) => rows.length), [600]);
  for (const batches of [asked, most]) {
    assert.deepEqual(batches.flatMap(({ rows }) => rows.map(({ row }) => row)), letters.map(({ row }) => row));
    assert.deepEqual(batches.slice(1).map(({ from }) => from), batches.slice(0, -1).map(({ next }) => next));
  }
});

Deno.test("openDeadLetterSource() can be read once", async () => {
  const source = sourceOf([letter(1, TRADE)]);
  const reader = await source.open();
  await assert.rejects(source.open(), isSourceError("not_resumable", /once/));
  await reader.close();
  assert.equal(await reader.next(1), null);
});

Deno.test("openDeadLetterSource() needs the symbol of a tick file", () => {
  assert.throws(() => sourceOf([], { symbol: undefined }), isSourceError("bad_option", /--symbol/));
});
