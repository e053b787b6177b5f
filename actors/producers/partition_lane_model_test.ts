/** PartitionLane against a list of records. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { messageId } from "../../tests/support/trades.ts";
import { encodedRecordsOf, runsOf } from "../../tests/support/encoded_records.ts";
import { Delivery } from "../delivery/delivery.ts";
import { PartitionLane } from "./partition_lane.ts";
import { type RecordRun, RunRecords } from "./record_run.ts";

/** A record as the model knows it. */
interface Queued {
  readonly id: string;
  readonly epoch: number;
  readonly key: string;
  /** Of the value. */
  readonly length: number;
}

const utf8 = new TextEncoder();
const bytesOf = (records: readonly Queued[]) =>
  records.reduce((sum, { key, length }) => sum + 80 + utf8.encode(key).length + length, 0);
const idsOf = (records: readonly Queued[]) => records.map(({ id }) => id);
const idsIn = (runs: readonly RecordRun[]) => new RunRecords(runs).sent().map(({ messageId }) => messageId);
const part = new Delivery({ rows: 0, states: [], refusals: [] }, () => {}).openPart(0, "t", 0);

class Model {
  queue: Queued[] = [];
  flight: Queued[] = [];
  sending = false;
  row = 0;

  constructor(public maxBytes: number) {}

  /** What a send takes. */
  next(maxRecords: number): Queued[] {
    let count = 0;
    while (count < this.queue.length && count < maxRecords && this.queue[count]?.epoch === this.queue[0]?.epoch) {
      if (count > 0 && bytesOf(this.queue.slice(0, count + 1)) > this.maxBytes) break;
      count += 1;
    }
    return this.queue.splice(0, count);
  }
}

type Step = fc.Command<Model, PartitionLane>;

function check(model: Model, lane: PartitionLane): void {
  assert.equal(lane.queued, model.queue.length);
  assert.equal(lane.idle, model.queue.length === 0 && model.flight.length === 0);
  assert.equal(lane.maxBytes, model.maxBytes);
  assert.deepEqual(idsIn(lane.inFlight), idsOf(model.flight));
  for (const most of [1, 3, 50]) {
    assert.equal(lane.isFull(most), model.queue.length >= most || bytesOf(model.queue) >= model.maxBytes);
  }
  if (model.queue.length === 0) assert.equal(lane.waitingSince, null);
}

const push = fc.record({
  epoch: fc.integer({ min: 1, max: 2 }),
  records: fc.array(
    fc.record({
      key: fc.constantFrom("", "A", "BHP", "é€"),
      length: fc.constantFrom(0, 1, 10, 100, 400, 3_000),
    }),
    { maxLength: 30 },
  ),
  /** Where a run is cut in two, as a share of it; null if it is not. */
  cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
}).map(({ epoch, records, cut }): Step => ({
  check: () => true,
  run(model, lane) {
    const given = records.map(({ key, length }, index) => ({
      index,
      keyText: key,
      messageId: messageId(++model.row),
      body: new Uint8Array(length),
    }));
    for (const run of runsOf({ records: encodedRecordsOf(given, 1), timestamp: 0, epoch, part })) {
      const at = cut === null ? 0 : Math.floor(cut * run.length);
      if (at > 0) lane.push(run.slice(0, at));
      lane.push(run.slice(at, run.length));
      lane.push(run.slice(at, at));
      lane.waitingSince ??= 1;
    }
    model.queue.push(
      ...given.map(({ messageId: id, keyText: key, body }) => ({ id, epoch, key, length: 5 + body.length })),
    );
    check(model, lane);
  },
  toString: () => `push(${records.length} of epoch ${epoch})`,
}));

const take = fc.constantFrom(1, 2, 5, 5_000).map((most): Step => ({
  check: ({ flight }) => flight.length === 0,
  run(model, lane) {
    model.flight = model.next(most);
    model.sending = model.flight.length > 0;
    const runs = lane.take(most);
    const records = new RunRecords(runs);
    assert.equal(records.length, model.flight.length);
    for (let twice = 0; twice < 2; twice++) {
      assert.deepEqual(
        Array.from(records, ({ key, value }) => [new TextDecoder().decode(key ?? undefined), value?.length]),
        model.flight.map(({ key, length }) => [key, length]),
      );
    }
    lane.sendingSince = model.sending ? 1 : null;
    check(model, lane);
  },
  toString: () => `take(${most})`,
}));

const stored: Step = {
  check: ({ sending }) => sending,
  run(model, lane) {
    [model.flight, model.sending] = [[], false];
    [lane.inFlight, lane.sendingSince] = [[], null];
    check(model, lane);
  },
  toString: () => "stored",
};

const tooLarge: Step = {
  check: ({ sending }) => sending,
  run(model, lane) {
    lane.sendingSince = null;
    model.sending = false;
    assert.equal(lane.shrink(), model.flight.length > 1);
    if (model.flight.length > 1) model.maxBytes = Math.ceil(bytesOf(model.flight) / 2);
    check(model, lane);
  },
  toString: () => "too large",
};

const drain: Step = {
  check: () => true,
  run(model, lane) {
    const out = model.sending ? model.queue : [...model.flight, ...model.queue];
    if (!model.sending) model.flight = [];
    model.queue = [];
    const runs = lane.drainAll();
    assert.deepEqual(idsIn(runs), idsOf(out));
    check(model, lane);
    // As after an opening: what was taken out is placed again.
    for (const run of runs) lane.push(run);
    model.queue = out;
    check(model, lane);
  },
  toString: () => "drain",
};

Deno.test("PartitionLane keeps order and counts through sends, refusals and everything taken back", () => {
  const steps = fc.commands([push, take, fc.constant(stored), fc.constant(tooLarge), fc.constant(drain)], {
    maxCommands: 40,
  });
  fc.assert(
    fc.property(fc.constantFrom(1, 150, 500, 2_000, 1_000_000), steps, (maxBytes, commands) => {
      fc.modelRun(() => ({ model: new Model(maxBytes), real: new PartitionLane(0, maxBytes) }), commands);
    }),
    { numRuns: 300 },
  );
});
