/** The command line as a process of its own, with exactly the permissions of its task, on the embedded log. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../kernel/clock.ts";
import project from "../../deno.json" with { type: "json" };
import { store, tradeRecords } from "../support/sample_records.ts";
import { lockDataDir } from "../../state/lock.ts";
import { openEmbeddedLog } from "../../transport/embedded/log.ts";
import { openEmbeddedRegistry } from "../../transport/embedded/registry.ts";

const ROOT = join(import.meta.dirname ?? ".", "../..");
const TOPIC = "market.equities.trades.asx";
/** A child that has not ended by then never will. */
const DEADLINE_MS = 30_000;

type Task = "tail" | "schemas" | "topics" | "check";

interface ProcessOptions {
  readonly environment?: Readonly<Record<string, string>>;
}

/** The task's own command line, without the task runner. */
function command(task: Task, args: readonly string[], { environment = {} }: ProcessOptions = {}): Deno.Command {
  const [, ...rest] = project.tasks[task].command.split(" ");
  return new Deno.Command(Deno.execPath(), {
    args: [...rest, ...args],
    cwd: ROOT,
    clearEnv: true,
    // The packages are there; the program itself cannot read them.
    env: { ...kept("HOME", "DENO_DIR", "PATH"), NO_COLOR: "1", ...environment },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

function kept(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

async function run(task: Task, args: readonly string[], options?: ProcessOptions) {
  const { code, stdout, stderr } = await command(task, args, options).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** A data folder with a topic of trades, within a user's folder. */
async function withTrades(count: number, body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const dataDir = join(folder, "data");
    const log = openEmbeddedLog({ dataDir, clock: systemClock, sync: "normal" });
    const registry = openEmbeddedRegistry({ dataDir, clock: systemClock });
    await log.admin.createTopic({ name: TOPIC, partitions: 3 });
    await store(log, { topic: TOPIC, records: await tradeRecords(registry, { symbol: "BHP", count }) });
    await registry.close();
    await log.close();
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Fails instead of waiting forever. */
async function inTime<T>(work: Promise<T>, child: Deno.ChildProcess): Promise<T> {
  let late = false;
  const timer = systemClock.schedule(DEADLINE_MS, () => {
    late = true;
    child.kill("SIGKILL");
  });
  const result = await work;
  timer.cancel();
  assert.equal(late, false, "the program did not end");
  return result;
}

Deno.test("every command with --json prints JSON alone, and nothing on standard error", async () => {
  await withTrades(3, async (folder) => {
    const dataDir = ["--data-dir", join(folder, "data"), "--json"];
    const commands: readonly (readonly [Task, readonly string[]])[] = [
      ["tail", [TOPIC]],
      ["schemas", ["list"]],
      ["schemas", ["check", "--exchange", "ASX"]],
      ["schemas", ["diff", "v1", "v2"]],
      ["schemas", ["register", "--exchange", "ASX"]],
      ["topics", ["list"]],
      ["topics", ["ensure", "--exchange", "ASX"]],
      ["check", []],
    ];
    for (const [task, args] of commands) {
      const { code, stdout, stderr } = await run(task, [...args, ...dataDir]);
      assert.deepEqual([code, stderr], [0, ""], `${task} ${args}`);
      for (const line of stdout.trimEnd().split("\n")) JSON.parse(line);
    }
  });
});

Deno.test("an unknown flag ends with 2 and suggests the right flag, as text or as JSON", async () => {
  const text = await run("tail", [TOPIC, "--limt", "3"]);
  assert.deepEqual([text.code, text.stdout], [2, ""]);
  assert.equal(text.stderr, "error: unknown option '--limt'\n  next: Did you mean --limit?\n");
  const json = await run("tail", [TOPIC, "--limt", "3", "--json"]);
  assert.deepEqual([json.code, json.stderr], [2, ""]);
  assert.equal(JSON.parse(json.stdout).error.next_step, "Did you mean --limit?");
});

Deno.test("a setting that cannot be used ends with 3", async () => {
  const { code, stdout, stderr } = await run("topics", ["list"], {
    environment: { TICKFLUME_BROKERS: "localhost", TICKFLUME_SASL_PASSWORD: "S3CRET" },
  });
  assert.deepEqual([code, stdout], [3, ""]);
  assert.match(stderr, /brokers\.0 = "localhost" \(environment variable TICKFLUME_BROKERS\): it is not HOST:PORT/);
  assert.doesNotMatch(stderr, /S3CRET/);
});

Deno.test("relative paths start from the user's folder, under deno task too", async () => {
  await withTrades(1, async (folder) => {
    const sub = join(folder, "sub");
    await Deno.mkdir(sub);
    const direct = await run("tail", [TOPIC, "--data-dir", "../data"], { environment: { INIT_CWD: sub } });
    assert.deepEqual([direct.code, direct.stdout.split("\n").length], [0, 2]);
    await Deno.writeTextFile(join(sub, "tickflume.json"), '{"dataDir": "../data"}');
    const file = await run("tail", [TOPIC], { environment: { INIT_CWD: sub } });
    assert.deepEqual([file.code, file.stdout.split("\n").length], [0, 2]);
    const task = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "--config", join(ROOT, "deno.json"), "tail", TOPIC, "--data-dir", "../data"],
      cwd: sub,
      // The task runner keeps an existing INIT_CWD, as when a task runs these tests.
      clearEnv: true,
      env: { ...kept("HOME", "DENO_DIR", "PATH"), NO_COLOR: "1" },
    }).output();
    assert.equal(task.code, 0, new TextDecoder().decode(task.stderr));
    assert.equal(new TextDecoder().decode(task.stdout).split("\n").length, 2);
  });
});

Deno.test("reading a data folder that does not exist creates nothing", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const where = ["--data-dir", join(folder, "data")];
    const codes = [
      await run("topics", ["list", ...where]),
      await run("schemas", ["list", ...where]),
      await run("check", where),
      await run("tail", [TOPIC, ...where]),
    ].map(({ code }) => code);
    assert.deepEqual(codes, [0, 0, 0, 1]);
    assert.deepEqual(Array.from(Deno.readDirSync(folder)), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a command that writes is refused while another program has the data folder, and says which", async () => {
  await withTrades(1, async (folder) => {
    const dataDir = join(folder, "data");
    await using _lock = await lockDataDir(dataDir, { command: "load" });
    const { code, stderr } = await run("topics", ["ensure", "--exchange", "ASX", "--data-dir", dataDir]);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`in use by process ${Deno.pid} \\(load\\)`));
    assert.equal((await run("topics", ["list", "--data-dir", dataDir])).code, 0);
  });
});

Deno.test("tail ends quietly when its reader leaves", async () => {
  await withTrades(5000, async (folder) => {
    const child = command("tail", [TOPIC, "--data-dir", join(folder, "data")]).spawn();
    await readSome(child);
    const [{ code }, stderr] = await inTime(Promise.all([child.status, new Response(child.stderr).text()]), child);
    assert.deepEqual([code, stderr], [0, ""]);
  });
});

Deno.test("tail --follow ends when its reader has seen enough, although no records arrive any more", async () => {
  await withTrades(2, async (folder) => {
    const child = command("tail", [TOPIC, "--follow", "--data-dir", join(folder, "data")]).spawn();
    await readSome(child);
    const [{ code }, stderr] = await inTime(Promise.all([child.status, new Response(child.stderr).text()]), child);
    assert.deepEqual([code, stderr], [0, ""]);
  });
});

Deno.test("tail --follow ends with 0 on the first SIGINT, and on the first SIGTERM", async () => {
  await withTrades(1, async (folder) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const child = command("tail", [TOPIC, "--follow", "--data-dir", join(folder, "data")]).spawn();
      const reader = child.stdout.getReader();
      await reader.read();
      child.kill(signal);
      while (!(await reader.read()).done);
      const [{ code }, stderr] = await inTime(Promise.all([child.status, new Response(child.stderr).text()]), child);
      assert.deepEqual([code, stderr], [0, ""]);
    }
  });
});

/** Reads the first output, then closes the pipe, as `head` does. */
async function readSome(child: Deno.ChildProcess): Promise<void> {
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  assert.notEqual(value, undefined);
  await reader.cancel();
}
