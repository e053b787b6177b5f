import assert from "node:assert/strict";
import type { RowBatch, RowReader, RowSource, SourcePosition } from "../../sources/source.ts";
import { trades } from "../../tests/support/trades.ts";
import { RowFeed } from "./row_feed.ts";

/** A source that notes what is asked of it. */
function sourceOf({ resumable = true, opening = Promise.resolve() } = {}) {
  const calls: string[] = [];
  let at = 0;
  const reader: RowReader = {
    next: (maxRows) => {
      calls.push(`next ${maxRows}`);
      const batch: RowBatch = trades(maxRows, at);
      at += maxRows;
      return Promise.resolve(batch);
    },
    close: () => {
      calls.push("close");
      return Promise.resolve();
    },
  };
  const source: RowSource = {
    id: "s",
    name: "s",
    kind: "trade",
    exchange: "ASX",
    assetClass: "equities",
    bytes: null,
    resumable,
    open: async (from?: SourcePosition) => {
      calls.push(`open ${from?.row ?? "start"}`);
      await opening;
      return reader;
    },
  };
  return { source, calls };
}

const firstRow = (batch: RowBatch | null) => batch?.rows[0]?.row;

Deno.test("RowFeed closes what can be read again with the incarnation, and opens it where the next one wants", async () => {
  const { source, calls } = sourceOf();
  const feed = new RowFeed(source);
  await feed.open(null);
  await feed.next(2);
  await feed.release();
  await feed.open(trades(2, 0).next);
  await feed.close();
  assert.deepEqual(calls, ["open start", "next 2", "close", "open 2", "close"]);
});

Deno.test("RowFeed keeps a stream open over incarnations, with the rows that were not admitted", async () => {
  const { source, calls } = sourceOf({ resumable: false });
  const feed = new RowFeed(source);
  await feed.open(null);
  assert.equal(firstRow(await feed.next(2)), 1);
  feed.admitted();
  assert.equal(firstRow(await feed.next(2)), 3);
  await feed.release();
  await feed.open(trades(2, 0).next);
  assert.equal(firstRow(await feed.next(2)), 3, "read before, not admitted");
  feed.admitted();
  assert.equal(firstRow(await feed.next(2)), 5);
  await feed.close();
  await feed.close();
  assert.deepEqual(calls, ["open start", "next 2", "next 2", "next 2", "close"]);
});

Deno.test("RowFeed gives the read that is under way to the next incarnation of a stream", async () => {
  const { source, calls } = sourceOf({ resumable: false });
  const feed = new RowFeed(source);
  await feed.open(null);
  const first = feed.next(2);
  await feed.release();
  assert.equal(await feed.next(2), await first);
  assert.deepEqual(calls, ["open start", "next 2"]);
});

Deno.test("RowFeed closes a reader that is only just being opened", async () => {
  const { promise: opening, resolve } = Promise.withResolvers<void>();
  const { source, calls } = sourceOf({ opening });
  const feed = new RowFeed(source);
  const opened = feed.open(null);
  const released = feed.release();
  resolve();
  await Promise.all([opened, released]);
  assert.deepEqual(calls, ["open start", "close"]);
});

Deno.test("RowFeed reports a source that cannot be opened once, and has nothing to close", async () => {
  const { source } = sourceOf({ opening: Promise.reject(new Error("no such file")) });
  const feed = new RowFeed(source);
  await assert.rejects(feed.open(null), /no such file/);
  await feed.release();
  await feed.close();
});

Deno.test("RowFeed.next() refuses to read what is not open", () => {
  assert.throws(() => new RowFeed(sourceOf().source).next(1), /Source "s" is not open/);
});
