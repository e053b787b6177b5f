/** Helpers for tests of moving content: a file is loaded, and copied and cut as its load ends. */
import assert from "node:assert/strict";
import { storedMessageId } from "../../records/ids/stored_identity.ts";
import type { StartMode } from "../../runtime/resuming/find_start_point.ts";
import { passTime, timeUntil, whileTimePasses } from "./resume_harness.ts";
import { type Scene, written } from "./resume_scene.ts";

export const SMALL = { pipeline: { batchRows: 5, windowRows: 100, checkpointRows: 100 } };
export const ROWS = 60;

/** How the load of the content ends. */
export const ENDS = ["finished", "rewritten", "killed"] as const;
export type End = typeof ENDS[number];

/** Loads a file; `cut` changes it as its load ends, or after the load was killed or has ended. */
export async function loadAndCut(
  scene: Scene,
  path: string,
  { end, cut, rows = ROWS, killedAt = 30 }: { end: End; cut: () => void; rows?: number; killedAt?: number },
): Promise<void> {
  const { broker, clock } = scene;
  if (end === "finished") {
    assert.deepEqual((await scene.load([path])).ends, ["completed"]);
    return cut();
  }
  const source = scene.sourceOf(path);
  const process = await scene.start([source]);
  if (end === "killed") {
    await process.runtime.addSource(source, { rowsPerSecond: 20 });
    await timeUntil(clock, () => written(scene) >= killedAt);
    process.kill();
    await whileTimePasses(clock, process.remove());
    return cut();
  }
  const hung = broker.faults.next("send", { type: "hang" }, { times: Infinity });
  const { done } = await process.runtime.addSource(source);
  await whileTimePasses(clock, hung.reached);
  await timeUntil(clock, () => process.runtime.account().totals().read === rows);
  // Its end comes after its last row.
  await passTime(clock, 1_000);
  const read = Deno.readTextFileSync(path);
  cut();
  hung.release();
  // The new content may begin like the one that was read.
  const wanted = Deno.readTextFileSync(path).startsWith(read) ? "completed" : "stopped";
  assert.equal((await whileTimePasses(clock, done)).type, wanted);
  await whileTimePasses(clock, process.remove());
}

/** Copies a file, cuts it, and lets it grow anew, in the same inode. */
export function copyTruncate(
  path: string,
  { copies, rows }: { copies: readonly string[]; rows: readonly string[] },
): string {
  for (const copy of copies) Deno.copyFileSync(path, copy);
  const header = Deno.readTextFileSync(path).split("\n")[0] ?? "";
  Deno.truncateSync(path);
  Deno.writeTextFileSync(path, [header, ...rows, ""].join("\n"));
  return path;
}

export async function idsOf(scene: Scene, paths: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const path of paths) {
    const reader = await scene.sourceOf(path).open();
    for (let batch = await reader.next(1_000); batch !== null; batch = await reader.next(1_000)) {
      for (const row of batch.rows) if (row.ok) ids.push(row.messageId);
    }
    await reader.close();
  }
  return ids.sort();
}

/** Asserts that the topic has the rows of these files, each as often as they have it, and nothing else. */
export async function assertHolds(scene: Scene, paths: readonly string[], about: string): Promise<void> {
  const ids = scene.broker.appends.flatMap(({ records }) => records.map((record) => storedMessageId(record) ?? "?"));
  assert.deepEqual(ids.sort(), await idsOf(scene, paths), about);
}

/** Loads in one run, until no refused file is left; then once more, when nothing may be written. */
export async function loadAll(scene: Scene, paths: readonly string[], start: StartMode): Promise<void> {
  const { ends } = await scene.load(paths, { start });
  if (start === "only_missing") assert.deepEqual(ends, paths.map(() => "completed"));
  const again = await scene.load(paths, { start: ends.includes("stopped") ? "only_missing" : start });
  assert.deepEqual(again.ends, paths.map(() => "completed"));
  const last = await scene.load(paths);
  assert.deepEqual(last.ends, paths.map(() => "completed"));
}
