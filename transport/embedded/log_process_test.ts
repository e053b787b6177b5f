import assert from "node:assert/strict";
import { systemClock } from "../../kernel/clock.ts";
import type { Log } from "../log.ts";
import { openEmbeddedLog } from "./log.ts";
import { inFolder } from "../../tests/support/temp_folder.ts";

const TOPIC = "market.equities.trades.asx";
const WRITER = new URL("./_writer_process.ts", import.meta.url);

/** A process that writes, and the end offsets that it has had acknowledged. */
function startWriter(dataDir: string) {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      `--allow-read=${dataDir}`,
      `--allow-write=${dataDir}`,
      WRITER.href,
      dataDir,
      TOPIC,
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  let text = "";
  const read = async () => {
    const { value, done } = await lines.next();
    text += value ?? "";
    return !done;
  };
  const acknowledged = () => BigInt(text.slice(0, text.lastIndexOf("\n") + 1).trimEnd().split("\n").at(-1) || "0");
  return {
    acknowledged,
    async writtenTo(offset: bigint): Promise<void> {
      while (acknowledged() < offset) assert.ok(await read(), "the writer has ended by itself");
    },
    async kill(): Promise<void> {
      child.kill("SIGKILL");
      while (await read()) { /* what was printed before the end */ }
      await child.status;
    },
  };
}

async function values(log: Log, to: bigint): Promise<number[]> {
  const found: number[] = [];
  for await (const chunk of log.read(TOPIC, 0, { from: 0n, to })) {
    found.push(...chunk.map(({ value }) => Number(new TextDecoder().decode(value ?? undefined))));
  }
  return found;
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}

Deno.test("openEmbeddedLog keeps every acknowledged record when the writing process is killed", () =>
  inFolder(async (dataDir) => {
    const writer = startWriter(dataDir);
    await writer.writtenTo(3_000n);
    await writer.kill();
    const log = openEmbeddedLog({ dataDir, clock: systemClock });
    const end = (await log.admin.offsets(TOPIC))[0]?.end ?? 0n;
    assert.ok(end >= writer.acknowledged(), `${writer.acknowledged()} acknowledged, ${end} there`);
    assert.equal(end % 100n, 0n, "a send is there whole or not at all");
    assert.deepEqual(await values(log, end), upTo(Number(end)));
    await log.close();
  }));

Deno.test("openEmbeddedLog for reading follows a log that another process writes", () =>
  inFolder(async (dataDir) => {
    const writer = startWriter(dataDir);
    await writer.writtenTo(100n);
    const log = openEmbeddedLog({ dataDir, clock: systemClock, readOnly: true, pollMs: 2 });
    assert.deepEqual(await values(log, 100n), upTo(100));
    await writer.writtenTo(2_000n);
    assert.deepEqual(await values(log, 2_000n), upTo(2_000));
    await writer.kill();
    await log.close();
  }));
