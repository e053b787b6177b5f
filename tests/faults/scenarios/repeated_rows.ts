/**
 * Rows that two files share, and ids that occur twice in one file: the record of one row says nothing about the other.
 *
 * @module
 */
import { join } from "node:path";
import { pause } from "../fault_stack.ts";
import type { Scenario } from "../scenario.ts";
import { BHP, halves, keep } from "../scene_files.ts";
import { scriptedScenario } from "../scripted_scenario.ts";

const ROWS = 6_000;
const DUPLICATE_AT = [3_000, 20_000] as const;
const DUPLICATE_ROWS = 40_000;
/** Records of the first load, which ends before its first checkpoint after 5 s. */
const BEFORE_A_CHECKPOINT = 22_000;
/** The second load is killed between its first checkpoint and the second row of that id, which comes after 20 s at its rate. */
const PAST_A_CHECKPOINT_MS = 12_000;

const sharedRows = scriptedScenario({
  name: "shared-rows-killed",
  what: "two files of one symbol share a third of their rows; load is killed -9 at 3 moments with both in flight",
  covers: ["F3", "F19"],
  set: "short",
  rows: ROWS,
  symbols: 1,
  audited: false,
  async script(scene) {
    const { path, lines, rest } = await halves(scene, ROWS * 2 / 3);
    const other = join(scene.bench.dir, "other", "7078.csv");
    await Deno.mkdir(join(scene.bench.dir, "other"));
    await Deno.writeTextFile(other, [...lines.slice(-ROWS / 3), ...rest].join(""));
    scene.files = [path, other].map((each) => ({ ...BHP, name: each, contents: [each] }));
    const paths = [path, other];
    const flags = ["--files-in-flight", "2", "--rate", "3000"];
    for (let kill = 0; kill < 3; kill++) {
      const load = scene.start({ paths, flags });
      await load.whenStored(500 + Math.floor(scene.random() * 1_500));
      load.kill();
      await load.ended;
    }
    await scene.finish({ paths });
  },
});

/** One row each millisecond; two of them share a trade id. */
function duplicateRows(): string[] {
  const start = Date.UTC(2024, 4, 6);
  const rows = Array.from({ length: DUPLICATE_ROWS }, (_, at) => {
    const id = DUPLICATE_AT.some((row) => row === at + 1) ? "DUP" : `T${at + 1}`;
    return `BHP,${new Date(start + at).toISOString()},36.${String(at % 1_000).padStart(3, "0")},${at + 1},AUD,${id}\n`;
  });
  return ["symbol,timestamp,price,quantity,currency,trade_id\n", ...rows];
}

const sameId = scriptedScenario({
  name: "same-id-killed-twice",
  what: `rows ${DUPLICATE_AT.join(" and ")} of ${DUPLICATE_ROWS} have one trade id; load is killed -9 twice`,
  covers: ["F3", "F19"],
  set: "long",
  rows: 1,
  symbols: 1,
  audited: false,
  async script(scene) {
    const path = await keep(scene, "ids.csv", duplicateRows());
    scene.files = [{ ...BHP, name: "ids.csv", format: "csv", contents: [path] }];
    const options = { paths: [path], format: "csv" } as const;
    const first = scene.start(options);
    await first.whenStored(BEFORE_A_CHECKPOINT);
    first.kill();
    await first.ended;
    const second = scene.start({ ...options, flags: ["--rate", "1000"] });
    await pause(PAST_A_CHECKPOINT_MS, second.signal);
    second.kill();
    await second.ended;
    await scene.finish(options);
  },
});

export const REPEATED_ROW_SCENARIOS: readonly Scenario[] = [sharedRows, sameId];
