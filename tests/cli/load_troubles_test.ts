/** `load` as a process of its own on the embedded log, when something outside is wrong. */
import assert from "node:assert/strict";
import { join } from "node:path";
import project from "../../deno.json" with { type: "json" };
import { systemClock } from "../../kernel/clock.ts";
import { openEmbeddedLog } from "../../transport/embedded/log.ts";
import { inFolder } from "../support/temp_folder.ts";

const ROOT = join(import.meta.dirname ?? ".", "../..");
const TOPIC = "market.equities.trades.asx";
const TRADES = [
  "--format=asx-ticks",
  "--data-type=trades",
  "--exchange=ASX",
  "--symbol=BHP",
  "--company-id=7078",
  "--data-dir=data",
];
/** A child that has not ended by then never will. */
const DEADLINE_MS = 25_000;

/** The task's own command line, without the task runner. */
function load(args: readonly string[], { folder, stdin = "null" }: { folder: string; stdin?: "null" | "piped" }) {
  const [, ...rest] = project.tasks.load.command.split(" ");
  const kept = ["HOME", "DENO_DIR", "PATH"].flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return new Deno.Command(Deno.execPath(), {
    args: [...rest, ...args, ...TRADES],
    cwd: ROOT,
    clearEnv: true,
    env: { ...Object.fromEntries(kept), NO_COLOR: "1", INIT_CWD: folder },
    stdin,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function outcome(child: Deno.ChildProcess) {
  let late = false;
  const timer = systemClock.schedule(DEADLINE_MS, () => {
    late = true;
    child.kill("SIGKILL");
  });
  const { code, stdout, stderr } = await child.output();
  timer.cancel();
  assert.equal(late, false, `the program did not end: ${new TextDecoder().decode(stderr)}`);
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

function lines(count: number): string {
  return Array.from({ length: count }, (_, at) => {
    const [minute, second] = [Math.floor(at / 60) % 60, at % 60].map((part) => String(part).padStart(2, "0"));
    return `03/10/2014,10:${minute}:${second}.000,1.11,${at + 1},0,,\r\n`;
  }).join("");
}

/** Records in the topic of a data folder; 0 while the topic does not exist. */
async function stored(dataDir: string): Promise<number> {
  try {
    const log = openEmbeddedLog({ dataDir, clock: systemClock, readOnly: true });
    try {
      const offsets = await log.admin.offsets(TOPIC);
      return offsets.reduce((sum, { start, end }) => sum + Number(end - start), 0);
    } finally {
      await log.close();
    }
  } catch {
    return 0; // The topic does not exist yet: the caller has a deadline.
  }
}

async function whenStored(dataDir: string, count: number): Promise<void> {
  const stop = AbortSignal.timeout(DEADLINE_MS);
  while (await stored(dataDir) < count) await systemClock.sleep(20, stop);
}

Deno.test("load ends with 5 and says what to do when a topic does not exist and may not be created", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "a.csv"), lines(5));
    await Deno.writeTextFile(join(folder, "tickflume.json"), JSON.stringify({ topics: { create: false } }));
    const { code, stdout, stderr } = await outcome(load(["a.csv", "--json", "--quiet"], { folder }));
    assert.equal(code, 5);
    const report = JSON.parse(stdout);
    assert.deepEqual([report.acked, report.stopped.length], [0, 1]);
    const message = 'Topic "market.equities.trades.asx" does not exist and topics.create is false: create it';
    assert.ok(report.stopped[0].error.includes(message), report.stopped[0].error);
    assert.ok(stderr.includes(message), stderr);
    assert.doesNotMatch(stderr, /\n\s+at /, "no stack trace");
  });
});

Deno.test("load reads standard input to its end", async () => {
  await inFolder(async (folder) => {
    const child = load(["-", "--json", "--quiet"], { folder, stdin: "piped" });
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(lines(500)));
    await writer.close();
    const { code, stdout, stderr } = await outcome(child);
    assert.deepEqual([code, stderr], [0, ""]);
    const { read, acked } = JSON.parse(stdout);
    assert.deepEqual({ read, acked }, { read: 500, acked: 500 });
    assert.equal(await stored(join(folder, "data")), 500);
  });
});

Deno.test("load that waits for more standard input writes the rows that it has on SIGINT, and ends", async () => {
  await inFolder(async (folder) => {
    const child = load(["-", "--json", "--quiet"], { folder, stdin: "piped" });
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(lines(300)));
    await whenStored(join(folder, "data"), 300);
    child.kill("SIGINT");
    const { code, stdout } = await outcome(child);
    const { read, acked, interrupted } = JSON.parse(stdout);
    assert.deepEqual({ code, read, acked, interrupted }, { code: 130, read: 300, acked: 300, interrupted: true });
    await writer.close().catch(() => {}); // Its reader has left.
  });
});

Deno.test("load that is held to a slow rate drains on SIGINT without waiting for its next row", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "a.csv"), lines(100));
    const child = load(["a.csv", "--json", "--quiet", "--rate=1"], { folder });
    await whenStored(join(folder, "data"), 2);
    child.kill("SIGINT");
    const { code, stdout } = await outcome(child);
    const { read, acked, lost } = JSON.parse(stdout);
    assert.deepEqual([code, lost, read === acked, read < 100], [130, 0, true, true]);
  });
});

Deno.test("a second load on the same data folder is refused and names the first one, which continues", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "a.csv"), lines(3_000));
    const first = load(["a.csv", "--json", "--quiet", "--rate=400"], { folder });
    await whenStored(join(folder, "data"), 1);
    const second = await outcome(load(["a.csv", "--quiet"], { folder }));
    assert.deepEqual([second.code, second.stdout], [1, ""]);
    assert.match(second.stderr, new RegExp(`process ${first.pid} \\(load\\)`));
    const { code, stdout } = await outcome(first);
    assert.deepEqual([code, JSON.parse(stdout).acked], [0, 3_000]);
    assert.equal(await stored(join(folder, "data")), 3_000);
  });
});

Deno.test("load that was killed leaves a folder that the next load can use", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "a.csv"), lines(3_000));
    const first = load(["a.csv", "--quiet", "--rate=500"], { folder });
    await whenStored(join(folder, "data"), 500);
    first.kill("SIGKILL");
    await first.output();
    const { code, stdout } = await outcome(load(["a.csv", "--json", "--quiet"], { folder }));
    assert.deepEqual([code, JSON.parse(stdout).acked], [0, 3_000]);
  });
});
