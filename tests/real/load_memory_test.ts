/** The peak memory of `load`, as a process of its own that writes to a real Kafka with the flags of its task. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../kernel/clock.ts";
import project from "../../deno.json" with { type: "json" };
import { generateSample, type SampleOptions } from "../../cli/sample_data.ts";
import { type RealStack, realStack } from "../support/real_stack.ts";

const ROOT = join(import.meta.dirname ?? ".", "..", "..");
const DEADLINE_MS = 300_000;
const MIB = 1024;

/** Peak memory of a process so far in KiB, or `null` if it has ended. */
async function peakKib(pid: number): Promise<number | null> {
  // Deno itself reads nothing in /proc without all permissions.
  const { stdout } = await new Deno.Command("grep", {
    args: ["^VmHWM:", `/proc/${pid}/status`],
    stdin: "null",
    stderr: "null",
  }).output();
  const peak = /(\d+) kB/.exec(new TextDecoder().decode(stdout))?.[1];
  return peak === undefined ? null : Number(peak);
}

/** Runs `load`, and returns how many rows were acknowledged and its peak memory. */
async function load(
  { brokers, registry }: RealStack,
  { dir, args }: { readonly dir: string; readonly args: readonly string[] },
): Promise<{ readonly acked: number; readonly peakKib: number }> {
  const [, ...flags] = project.tasks.load.command.split(" ");
  const unique = crypto.randomUUID().slice(0, 8);
  const config = join(dir, "tickflume.json");
  const topic = `market.{asset_class}.{data_type}.{exchange}.${unique}`;
  await Deno.writeTextFile(config, JSON.stringify({ topics: { pattern: { v1: topic, v2: topic } } }));
  const servers = ["--brokers", brokers.join(","), "--registry", registry, "--data-dir", join(dir, "data")];
  const format = ["--format", "asx-ticks", "--data-type", "trades", "--exchange", "ASX", "--config", config];
  const child = new Deno.Command(Deno.execPath(), {
    args: [...flags, ...args, ...format, ...servers, "--json", "--quiet"],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  const stop = AbortSignal.timeout(DEADLINE_MS);
  let most = 0;
  try {
    // The system keeps the maximum, so this may miss only the last moment.
    for (let peak = await peakKib(child.pid); peak !== null; peak = await peakKib(child.pid)) {
      most = peak;
      await systemClock.sleep(100, stop);
    }
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  } finally {
    await output;
  }
  const { code, stdout, stderr } = await output;
  const text = new TextDecoder();
  assert.equal(code, 0, text.decode(stderr));
  assert.ok(most > 0, "the peak was never read");
  return { acked: JSON.parse(text.decode(stdout)).acked, peakKib: most };
}

async function withSample(
  options: Omit<SampleOptions, "dir" | "seed" | "kinds">,
  use: (dir: string, args: readonly string[]) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    const sample = await generateSample({ ...options, seed: 17, dir, kinds: ["trades"] });
    await use(dir, [...sample.trades.map(({ path }) => path), "--reference", sample.companyInfo]);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Says why there is nothing to measure. */
function measurable(): RealStack | null {
  if (Deno.build.os === "linux") return realStack();
  console.log("skipping the memory of loads: only Linux tells the most that a process has had");
  return null;
}

for (const client of ["kafkajs", "platformatic"] as const) {
  Deno.test(`load of one large file through ${client} keeps within its memory, however long the file is`, async () => {
    const stack = measurable();
    if (stack === null) return;
    const rows = 400_000;
    await withSample({ rows, symbols: 1 }, async (dir, args) => {
      const { acked, peakKib } = await load(stack, { dir, args: [...args, "--client", client] });
      assert.equal(acked, rows);
      // Runs took 185 to 226 MiB, of which the program needs 105 to 120 before its first row. The rest of the
      // limit is for other machines; a window of fifty times the rows goes far beyond it.
      assert.ok(peakKib < 280 * MIB, `${Math.round(peakKib / MIB)} MiB`);
    });
  });
}

Deno.test("load of forty files at the same time keeps within its memory: they share one window", async () => {
  const stack = measurable();
  if (stack === null) return;
  const [files, rows] = [40, 8_000];
  await withSample({ rows, symbols: files }, async (dir, args) => {
    const { acked, peakKib } = await load(stack, { dir, args: [...args, "--files-in-flight", `${files}`] });
    assert.equal(acked, files * rows);
    // With a window for each file, all rows would be in memory at once.
    assert.ok(peakKib < 350 * MIB, `${Math.round(peakKib / MIB)} MiB`);
  });
});
