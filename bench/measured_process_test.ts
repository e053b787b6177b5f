import assert from "node:assert/strict";
import { BenchError } from "./bench_error.ts";
import { pythonForMeasuring } from "./machine.ts";
import { jsonOf, runMeasured } from "./measured_process.ts";

const signal = new AbortController().signal;

function deno(code: string): readonly [string, ...string[]] {
  return [Deno.execPath(), "eval", code];
}

Deno.test("runMeasured() measures processor time and peak memory of the program itself, and passes its output on", async () => {
  const found = await pythonForMeasuring();
  if (found === null) return;
  const work = `const used = new Uint8Array(96 * 2 ** 20).fill(1); const end = performance.now() + 300;
    while (performance.now() < end); console.log(used.length)`;
  const busy = await runMeasured({ command: deno(work) }, { python: found, signal });
  assert.deepEqual([busy.code, busy.stdout], [0, "100663296\n"]);
  const { wallSeconds, cpuSeconds, peakMemoryBytes } = busy.cost;
  assert.ok(cpuSeconds !== null && peakMemoryBytes !== null);
  assert.ok(wallSeconds >= 0.3, `${wallSeconds} s`);
  // If the machine is busy, processor time is less than the wall clock.
  assert.ok(cpuSeconds > 0.02, `${cpuSeconds} s of processor time`);
  const idle = await runMeasured({ command: deno("") }, { python: found, signal });
  const more = peakMemoryBytes - (idle.cost.peakMemoryBytes ?? 0);
  assert.ok(more > 80 * 2 ** 20 && more < 200 * 2 ** 20, `${more} bytes more than a program that does nothing`);
});

Deno.test("runMeasured() without Python measures only the wall clock", async () => {
  const { code, cost } = await runMeasured({ command: deno("Deno.exit(7)") }, { python: null, signal });
  assert.equal(code, 7);
  assert.ok(cost.wallSeconds > 0);
  assert.deepEqual([cost.cpuSeconds, cost.peakMemoryBytes], [null, null]);
});

Deno.test("runMeasured() gives the exit code of a measured program", async () => {
  const { code } = await runMeasured({ command: deno("Deno.exit(7)") }, { python: await pythonForMeasuring(), signal });
  assert.equal(code, 7);
});

Deno.test("runMeasured() ends the program on request", async () => {
  const stopping = new AbortController();
  const running = runMeasured({ command: deno("setInterval(() => {}, 1000)") }, {
    python: await pythonForMeasuring(),
    signal: stopping.signal,
  });
  stopping.abort(new BenchError("Stopped"));
  await assert.rejects(running, BenchError);
});

Deno.test("jsonOf() reads the last line, and reports a failure with the end of the messages", () => {
  assert.deepEqual(jsonOf("it", { code: 0, stdout: 'chatter\n{"rows":1}\n', stderr: "" }), { rows: 1 });
  const failed = () => jsonOf("it", { code: 3, stdout: "", stderr: "no broker" });
  assert.throws(
    failed,
    (error) => error instanceof BenchError && /it failed with exit code 3:\s+no broker/.test(error.message),
  );
  assert.throws(() => jsonOf("it", { code: 0, stdout: "done", stderr: "" }), /printed no JSON: done/);
});
