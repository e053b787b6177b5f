import assert from "node:assert/strict";
import { UsageError } from "../cli/shared/usage_error.ts";
import { parseBenchOptions, PARTS } from "./options.ts";
import { DOOR_NAMES } from "./doors/doors.ts";
import { WORKLOAD_NAMES } from "./workloads.ts";

function parse(...args: readonly string[]) {
  return parseBenchOptions(args, () => assert.fail("nothing is to be printed"));
}

Deno.test("parseBenchOptions() measures everything, three times, a million rows, on a stack of its own, unless told otherwise", () => {
  assert.deepEqual(parse(), {
    rows: 1_000_000,
    rounds: 3,
    seed: 1,
    quick: false,
    peers: false,
    pythonRows: 100_000,
    workloads: [...WORKLOAD_NAMES],
    clients: ["kafkajs", "platformatic"],
    parts: [...PARTS],
    doors: DOOR_NAMES,
    doorRows: { files: 2_000_000, objects: 400_000, large: 10_000_000, start: 100_000 },
    profile: null,
    servers: "stack",
    output: null,
  });
});

Deno.test("parseBenchOptions() with --quick is small, but explicit options count", () => {
  const quick = parse("--quick");
  assert.deepEqual([quick?.rows, quick?.rounds, quick?.quick], [20_000, 1, true]);
  const given = parse("--quick", "--rows", "400", "--rounds", "2", "--workloads", "quotes,one-file", "--peers");
  assert.deepEqual([given?.rows, given?.rounds, given?.workloads, given?.peers], [
    400,
    2,
    ["quotes", "one-file"],
    true,
  ]);
});

Deno.test("parseBenchOptions() takes servers that run already, or the embedded log, which has no clients to measure", () => {
  assert.deepEqual(parse("--brokers", "a:1,b:2", "--registry", "http://c")?.servers, {
    brokers: ["a:1", "b:2"],
    registry: "http://c",
  });
  const embedded = parse("--embedded");
  assert.equal(embedded?.servers, "embedded");
  assert.deepEqual(embedded?.parts, ["stages", "jobs", "half-rate", "growth"]);
});

Deno.test("parseBenchOptions() measures nothing but doors if they are asked for, with as many rows as are asked for", () => {
  assert.deepEqual([parse("--goals")?.parts, parse("--goals")?.doors], [["doors"], "goals"]);
  const some = parse("--doors", "csv,start", "--rows", "200000");
  assert.deepEqual([some?.parts, some?.doors], [["doors"], ["csv", "start"]]);
  assert.deepEqual(some?.doorRows, { files: 200_000, objects: 40_000, large: 1_000_000, start: 100_000 });
  assert.equal(parse("--profile", "ndjson")?.profile, "ndjson");
});

Deno.test("parseBenchOptions() refuses impossible options, and says why", () => {
  const cases: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [["--rows", "1000001"], /multiple of 40/],
    [["--rows", "0"], /from 40/],
    [["--python-rows", "50"], /multiple of 40/],
    [["--rounds", "0"], /from 1/],
    [["--workloads", "trade"], /Allowed: .*trades/],
    [["--clients", "librdkafka"], /Allowed: kafkajs, platformatic/],
    [["--parts", ""], /at least one/],
    [["--brokers", "a:1"], /belong together/],
    [["--registry", "http://c"], /belong together/],
    [["--embedded", "--peers"], /--embedded goes with none/],
    [["--embedded", "--goals"], /--embedded goes with none/],
    [["--doors", "parquet"], /Allowed: asx-ticks, /],
    [["--goals", "--profile", "csv"], /cannot be used with/],
    [["--embedded", "--brokers", "a:1", "--registry", "http://c"], /--embedded goes with none/],
    [["--fast"], /unknown option/],
    [["trades"], /too many arguments/],
  ];
  for (const [args, says] of cases) {
    assert.throws(
      () => parse(...args),
      (error) => error instanceof UsageError && says.test(error.message),
      args.join(" "),
    );
  }
});

Deno.test("parseBenchOptions() prints its help, and does nothing else", () => {
  let printed = "";
  assert.equal(parseBenchOptions(["--help"], (text) => printed += text), null);
  assert.match(printed, /--python-rows/);
});
