import assert from "node:assert/strict";
import { BenchError } from "../bench_error.ts";
import { performanceOf } from "./java_peer.ts";

Deno.test("performanceOf() reads the last line, which covers the whole run", () => {
  const stdout =
    "79302 records sent, 15809.8 records/sec (2.86 MB/sec), 1375.9 ms avg latency, 2971.0 ms max latency.\n" +
    "1000 records sent, 500.000000 records/sec (11.97 MB/sec), 1241.67 ms avg latency, 3609.00 ms max latency, " +
    "1209 ms 50th, 2302 ms 95th, 2745 ms 99th, 3402 ms 99.9th.\n";
  assert.deepEqual(performanceOf({ code: 0, stdout, stderr: "" }), { rows: 1000, seconds: 2 });
});

Deno.test("performanceOf() refuses a run that failed or stopped early", () => {
  const stdout =
    "79302 records sent, 15809.8 records/sec (2.86 MB/sec), 1375.9 ms avg latency, 2971.0 ms max latency.\n";
  assert.throws(() => performanceOf({ code: 0, stdout, stderr: "" }), BenchError);
  assert.throws(() => performanceOf({ code: 1, stdout: "", stderr: "no such topic" }), /no such topic/);
});
