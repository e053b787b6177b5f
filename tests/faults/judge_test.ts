/** Tests of the judge: on given records, and on real topics with one fault each. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { settingsFrom } from "../../config/load_settings.ts";
import { runProgram } from "../../cli/stack/toolchain.ts";
import { openTransport } from "../../transport/open.ts";
import type { StoredRecord } from "../../transport/log.ts";
import { transportOptionsOf } from "../../runtime/transport_options.ts";
import { realStack } from "../support/real_stack.ts";
import { loadHere } from "./in_process.ts";
import { prepareInput } from "./input.ts";
import { judgeProblems } from "./judge.ts";
import { openJudge } from "./open_judge.ts";

Deno.test("the judge distinguishes missing, duplicate, false, late and unattributed records", async () => {
  const cwd = join(import.meta.dirname ?? ".", "judge");
  const ended = await runProgram("python3", ["-B", "-m", "unittest", "verdict_test"], { cwd });
  if (ended === null) return console.log("left out: there is no python3");
  assert.equal(ended.code, 0, ended.text);
  assert.match(ended.text, /Ran [1-9]\d tests/);
});

const ROWS = 300;
const ORIGIN = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7);

/** A source header: eight bytes of the origin, and the row without zeros before it. */
function sourceOf(row: number): Uint8Array {
  return Uint8Array.of(...ORIGIN, ...(row < 256 ? [row] : [row >> 8, row & 255]));
}

const DOCTORED: Readonly<Record<string, (all: readonly StoredRecord[]) => readonly StoredRecord[]>> = {
  whole: (all) => all,
  missing: (all) => all.toSpliced(100, 1),
  twice: (all) => [...all, ...all.slice(-1)],
  late: (all) => [...all.slice(0, 10), ...all.slice(11, 12), ...all.slice(10, 11), ...all.slice(12)],
  // Changes the last byte of a price: another trade, which no row contains.
  false: (all) => all.map((record, at) => at === 7 ? { ...record, value: withOtherPrice(record.value) } : record),
};

function withOtherPrice(value: Uint8Array | null): Uint8Array {
  assert.ok(value !== null);
  // A decimal of 8 digits after the point rarely ends in 00 on the wire; 36.65 is 3665000000.
  const price = 3_665_000_000n;
  const wanted = [...bytesOf(price)];
  const at = value.findIndex((_, start) => wanted.every((byte, index) => value[start + index] === byte));
  assert.ok(at > 0, "the row has the price that the test changes");
  return value.with(at + wanted.length - 1, (wanted.at(-1) ?? 0) ^ 1);
}

function bytesOf(unscaled: bigint): Uint8Array {
  const hex = unscaled.toString(16);
  return Uint8Array.fromHex(hex.length % 2 === 0 ? hex : `0${hex}`);
}

Deno.test("the judge finds the faults in real topics, with and without source headers", async () => {
  const stack = realStack();
  const judge = stack === null ? null : await openJudge();
  if (stack === null || judge === null) return;
  const dir = await Deno.makeTempDir();
  const unique = crypto.randomUUID().slice(0, 8);
  const settings = settingsFrom({
    brokers: [...stack.brokers],
    registry: { url: stack.registry },
    dataDir: dir,
    topics: { pattern: { v2: `market.{asset_class}.{data_type}.{exchange}.${unique}` } },
    schemas: { subjects: { v2: `${unique}.{data_type}-value` } },
  }, { cwd: dir });
  const topic = `market.equities.trades.asx.${unique}`;
  const input = await prepareInput({ dir, rows: ROWS, symbols: 1 });
  const [file] = input.files;
  assert.ok(file !== undefined);
  const lines = await Deno.readTextFile(file.path);
  await Deno.writeTextFile(
    file.path,
    lines.split("\n").map((line, at) => at === 7 ? withPrice(line) : line).join("\n"),
  );
  const { result } = await loadHere(settings, { sources: input.sources() });
  assert.deepEqual(result.errors, []);
  const { log, close } = await openTransport(transportOptionsOf(settings));
  try {
    const all: StoredRecord[] = [];
    for (const { partition, end } of await log.admin.offsets(topic)) {
      if (end > 0n) { for await (const batch of log.read(topic, partition, { from: 0n, to: end })) all.push(...batch); }
    }
    assert.equal(all.length, input.rows);
    for (const [what, doctor] of Object.entries(DOCTORED)) {
      for (const withSource of [false, true]) {
        // Without headers the order cannot be judged.
        if (what === "late" && !withSource) continue;
        const name = `${topic}.${what}.${withSource}`;
        await log.admin.createTopic({ name, partitions: 1, config: {} });
        const producer = await log.createProducer();
        const sourced = all.map((record, at): StoredRecord => {
          return { ...record, headers: withSource ? [["src", sourceOf(at + 1)]] : [] };
        });
        assert.equal((await producer.send(name, 0, [...doctor(sourced)])).type, "stored");
        await producer.close();
        const topics = [{ topic: name, version: "v2" as const }];
        const verdict = await judge.verdict({ addresses: stack, topics, files: input.judged() });
        assert.deepEqual(
          judgeProblems(verdict).map((line) => line.split(",")[0]),
          what === "whole" ? [] : what === "false" ? ["judge: 1 missing", "judge: 1 false"] : [`judge: 1 ${what}`],
          `${what} ${withSource}`,
        );
        await log.admin.deleteTopic(name);
      }
    }
    await log.admin.deleteTopic(topic);
  } finally {
    await close();
    await Deno.remove(dir, { recursive: true });
  }
});

function withPrice(line: string): string {
  return line.split(",").with(2, "36.65").join(",");
}
