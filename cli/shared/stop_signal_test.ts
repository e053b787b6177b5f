import assert from "node:assert/strict";
import { ManualClock } from "../../kernel/manual_clock.ts";
import { createStopSignal } from "./stop_signal.ts";
import type { StopSignalName } from "./stop_signal.ts";

/** A stop signal with signals that the test sends. */
function stopSignal() {
  const handlers = new Map<StopSignalName, () => void>();
  const clock = new ManualClock();
  const said: string[] = [];
  const ended: StopSignalName[] = [];
  const stop = createStopSignal({
    clock,
    listen(name, handler) {
      handlers.set(name, handler);
      return () => handlers.delete(name);
    },
    say: (line) => said.push(line),
    end: (name) => ended.push(name),
  });
  return {
    stop,
    clock,
    said,
    handlers,
    send: (name: StopSignalName) => handlers.get(name)?.(),
    endings: () => ended.length,
    ended,
  };
}

Deno.test("createStopSignal() listens only once its signal is taken, and gives the signals back", () => {
  const { stop, handlers } = stopSignal();
  assert.equal(handlers.size, 0);
  stop.take();
  stop.take();
  assert.deepEqual([...handlers.keys()], ["SIGINT", "SIGTERM"]);
  stop.close();
  assert.equal(handlers.size, 0);
});

Deno.test("createStopSignal() aborts on the first signal and tells what happens", () => {
  const { stop, send, said, endings } = stopSignal();
  const signal = stop.take("Stopping.");
  assert.deepEqual([signal.aborted, stop.received], [false, null]);
  send("SIGTERM");
  assert.equal(signal.aborted, true);
  assert.match(String(signal.reason), /SIGTERM/);
  assert.equal(stop.received, "SIGTERM");
  assert.deepEqual(said, ["Stopping."]);
  assert.equal(endings(), 0);
});

Deno.test("createStopSignal() counts the same signal within a second as one", async () => {
  const { stop, send, clock, endings } = stopSignal();
  stop.take();
  send("SIGINT");
  send("SIGINT");
  await clock.advance(999);
  send("SIGINT");
  assert.equal(endings(), 0);
  await clock.advance(1);
  send("SIGINT");
  assert.equal(endings(), 1);
});

Deno.test("createStopSignal() takes another signal as a later one, at once", () => {
  const { stop, send, endings, ended } = stopSignal();
  stop.take();
  send("SIGINT");
  send("SIGTERM");
  assert.deepEqual([endings(), ended], [1, ["SIGTERM"]]);
});

Deno.test("createStopSignal() calls back before the forced end, unless that was undone", async () => {
  const { stop, send, clock, endings } = stopSignal();
  const calls: string[] = [];
  stop.onForcedEnd(() => calls.push(`account, ${endings()} endings`));
  const undo = stop.onForcedEnd(() => calls.push("undone"));
  undo();
  stop.take();
  send("SIGINT");
  assert.deepEqual(calls, []);
  await clock.advance(2000);
  send("SIGINT");
  assert.deepEqual(calls, ["account, 0 endings"]);
});
