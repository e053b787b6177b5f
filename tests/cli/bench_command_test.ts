/** The bench as a process of its own, as small as possible: every part runs, and its results are readable. */
import assert from "node:assert/strict";
import { join } from "node:path";
import project from "../../deno.json" with { type: "json" };
import { readResults } from "../../bench/results.ts";
import { realStack } from "../support/real_stack.ts";

const ROOT = join(import.meta.dirname ?? "", "../..");

async function bench(dir: string, ...args: readonly string[]) {
  const [, ...rest] = project.tasks.bench.command.split(" ");
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...rest, ...args],
    cwd: ROOT,
    env: { TICKFLUME_CACHE: join(dir, "cache"), INIT_CWD: dir },
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

async function inTempDir(body: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await body(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("bench --quick --embedded measures stages, jobs and latency, and leaves every run in a file", async () => {
  await inTempDir(async (dir) => {
    const args = ["--quick", "--embedded", "--rows", "400", "--workloads", "trades", "--output", "out.json"];
    const { code, stdout, stderr } = await bench(dir, ...args);
    assert.equal(code, 0, stderr);
    for (const title of ["Stages", "The whole job", "At half of that rate", "How cost grows"]) {
      assert.ok(stdout.includes(title), stdout);
    }
    const results = await readResults(join(dir, "out.json"));
    assert.deepEqual(
      results.runs.map(({ contestant, workload, rows, failure }) => [contestant, workload, rows, failure]),
      [
        ["embedded", "trades", 400, null],
      ],
    );
    assert.equal(results.pacedRuns.length, 1);
    assert.deepEqual(
      results.growth.map(({ series, at, rows, failure }) => [series, at, rows, failure]),
      [
        ["rows", 120, 120, null],
        ["rows", 800, 800, null],
        ["keys", 1, 400, null],
        ["keys", 40, 400, null],
        ["topics", 1, 400, null],
        ["topics", 6, 400, null],
        ["partitions", 1, 400, null],
        ["partitions", 300, 400, null],
      ],
    );
    assert.equal(results.stages.length, 16);
    assert.equal(results.parameters.servers, "embedded");
  });
});

Deno.test("bench on real servers runs a client and counts its records in the topic", async () => {
  const stack = realStack();
  if (stack === null) return;
  await inTempDir(async (dir) => {
    const args = ["--quick", "--rows", "400", "--workloads", "quotes", "--clients", "kafkajs", "--parts", "jobs"];
    const servers = ["--brokers", stack.brokers.join(","), "--registry", stack.registry];
    const { code, stderr } = await bench(dir, ...args, ...servers, "--output", "out.json");
    assert.equal(code, 0, stderr);
    const { runs } = await readResults(join(dir, "out.json"));
    assert.deepEqual(runs.map(({ contestant, rows, failure }) => [contestant, rows, failure]), [[
      "kafkajs",
      400,
      null,
    ]]);
  });
});

Deno.test("bench refuses a command line that it cannot understand with exit code 2 and a next step", async () => {
  await inTempDir(async (dir) => {
    const { code, stdout, stderr } = await bench(dir, "--rows", "41");
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /multiple of 40[^]*next: /);
  });
});
