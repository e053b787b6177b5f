/**
 * Content that a load has written is found in whichever file has it now: a file was copied and cut, renamed, written anew. What
 * its load has written is that of the file with this content, not of the one with its name or inode.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { storedMessageId } from "../records/stored_identity.ts";
import type { StartMode } from "../resuming/find_start_point.ts";
import { passTime, timeUntil, whileTimePasses } from "./resume_bench.ts";
import { rowsOf, type Scene, scene, written } from "./resume_scene.ts";

const SMALL = { pipeline: { batchRows: 5, windowRows: 100, checkpointRows: 100 } };
const ROWS = 60;
const RUNS = 20;
const SEED = 20_260_101;

/** How the load of the content ends. */
const ENDS = ["finished", "rewritten", "killed"] as const;
type End = typeof ENDS[number];

/** Loads a file; `cut` is what happens to it as its load ends, or after it was killed or has ended. */
async function loadAndCut(
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
  // Its end is met behind its last row.
  await passTime(clock, 1_000);
  cut();
  hung.release();
  // It has come to its end if the rows that are there now begin as those that were read.
  assert.ok(["stopped", "completed"].includes((await whileTimePasses(clock, done)).type));
  await whileTimePasses(clock, process.remove());
}

/** Copies a file, cuts it, and lets it grow anew, in the same inode. */
function copyTruncate(path: string, { copies, rows }: { copies: readonly string[]; rows: readonly string[] }): string {
  for (const copy of copies) Deno.copyFileSync(path, copy);
  const header = Deno.readTextFileSync(path).split("\n")[0] ?? "";
  Deno.truncateSync(path);
  Deno.writeTextFileSync(path, [header, ...rows, ""].join("\n"));
  return path;
}

async function idsOf(scene: Scene, paths: readonly string[]): Promise<string[]> {
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

/** The topic has the rows of these files, each as often as they have it, and nothing else. */
async function assertHolds(scene: Scene, paths: readonly string[], about: string): Promise<void> {
  const ids = scene.broker.appends.flatMap(({ records }) => records.map((record) => storedMessageId(record) ?? "?"));
  assert.deepEqual(ids.sort(), await idsOf(scene, paths), about);
}

/** Loads in one run, until there is nothing left that was refused; then once more, where nothing is to be written. */
async function loadAll(scene: Scene, paths: readonly string[], start: StartMode): Promise<void> {
  const { ends } = await scene.load(paths, { start });
  if (start === "only_missing") assert.deepEqual(ends, paths.map(() => "completed"));
  const again = await scene.load(paths, { start: ends.includes("stopped") ? "only_missing" : start });
  assert.deepEqual(again.ends, paths.map(() => "completed"));
  const last = await scene.load(paths);
  assert.deepEqual(last.ends, paths.map(() => "completed"));
}

/** Each file is the first one once, and each pair in both orders. */
function ordersOf(items: readonly string[]): string[][] {
  const [first, ...others] = items;
  return first === undefined ? [] : [[...items], items.toReversed(), [...others, first]];
}

const OLD = rowsOf(ROWS);
/** What grows in the file that was cut. */
const CUT = rowsOf(25, { from: 1_000 });
/** A new file: some rows equal to those of the old content and of the cut file, under other numbers, and some of its own. */
const NEW = [...rowsOf(20, { from: 2_000 }), ...rowsOf(30, { from: 15 }), ...rowsOf(10, { from: 1_005 })];

interface Variant {
  readonly name: string;
  readonly copies: number;
  /** What stands in the inode that was loaded; null if it is left as it was. */
  readonly cut: readonly string[] | null;
  /** Rows that the copy gets after it was made. */
  readonly appended?: readonly string[];
}

const VARIANTS: readonly Variant[] = [
  { name: "a copy, and the file cut", copies: 1, cut: CUT },
  { name: "two copies, and the file cut", copies: 2, cut: CUT },
  { name: "a copy, and the file as it was", copies: 1, cut: null },
  { name: "a copy that was appended to, and the file cut", copies: 1, cut: CUT, appended: rowsOf(10, { from: 3_000 }) },
  { name: "a copy, and some of its rows in the file that was cut", copies: 1, cut: [...CUT, ...OLD.slice(5, 15)] },
  { name: "a copy, and the file cut to some of its rows", copies: 1, cut: OLD.slice(0, 12) },
];

for (const { name, copies: count, cut, appended } of VARIANTS) {
  for (const end of ENDS) {
    if (cut === null && end === "rewritten") continue;
    for (const start of ["only_missing", "resume"] as const) {
      Deno.test(`${start} of ${name}, beside a new file, after a load that was ${end}: each row is there once`, async () => {
        const names = [...Array.from({ length: count }, (_, at) => `old${at}.csv`), "cut.csv", "a.csv"];
        for (const order of ordersOf(names)) {
          await scene(SMALL, async (scene) => {
            const path = scene.write("a.csv", OLD);
            const copies = names.slice(0, count).map((name) => join(scene.folder, name));
            await loadAndCut(scene, path, {
              end,
              cut: () => {
                if (cut !== null) return void copyTruncate(path, { copies, rows: cut });
                for (const copy of copies) Deno.copyFileSync(path, copy);
              },
            });
            for (const copy of copies.slice(0, 1)) {
              if (appended) Deno.writeTextFileSync(copy, `${appended.join("\n")}\n`, { append: true });
            }
            Deno.renameSync(path, join(scene.folder, "cut.csv"));
            scene.write("a.csv", NEW);
            const paths = order.map((name) => join(scene.folder, name));
            await loadAll(scene, paths, start);
            await assertHolds(scene, paths, order.join());
          });
        }
      });
    }
  }
}

/** The content is in no file, but in the topic: no row of the files may take it for its own. */
for (const end of ENDS) {
  Deno.test(`only_missing of a file whose content was replaced, beside a new file that shares rows, after a load that was ${end}`, async () => {
    for (const order of ordersOf(["cut.csv", "a.csv"])) {
      await scene(SMALL, async (scene) => {
        const path = scene.write("a.csv", OLD);
        await loadAndCut(scene, path, { end, cut: () => copyTruncate(path, { copies: [], rows: CUT }) });
        const kept = scene.broker.appends.flatMap(({ records }) =>
          records.map((record) => storedMessageId(record) ?? "")
        );
        Deno.renameSync(path, join(scene.folder, "cut.csv"));
        scene.write("a.csv", NEW);
        const paths = order.map((name) => join(scene.folder, name));
        await scene.load(paths, { start: "only_missing" });
        await scene.load(paths, { start: "only_missing" });
        const ids = scene.broker.appends.flatMap(({ records }) =>
          records.map((record) => storedMessageId(record) ?? "")
        );
        assert.deepEqual(ids.sort(), [...kept, ...(await idsOf(scene, paths))].sort(), order.join());
      });
    }
  });
}

/** A stretch of rows of the old content, of the cut file, or of no other file. */
interface Stretch {
  readonly of: "old" | "cut" | "own";
  readonly from: number;
  readonly rows: number;
}

const stretches = fc.array(
  fc.record<Stretch>({
    of: fc.constantFrom("old", "cut", "own"),
    from: fc.nat(70),
    rows: fc.integer({ min: 1, max: 30 }),
  }),
  { minLength: 1, maxLength: 4 },
);

const FIRST_ROWS = { old: 0, cut: 1_000, own: 2_000 };

/** In the order of time, as a file has them that is written while they come; each row once. */
function rowsIn(drawn: readonly Stretch[]): string[] {
  const rows = drawn.flatMap(({ of, from, rows }) => rowsOf(rows, { from: FIRST_ROWS[of] + from }));
  return [...new Set(rows)];
}

const drawn = fc.record({
  rows: fc.integer({ min: 2, max: 80 }),
  end: fc.constantFrom(...ENDS),
  killedAt: fc.integer({ min: 1, max: 79 }),
  copies: fc.integer({ min: 1, max: 2 }),
  cut: fc.option(stretches, { freq: 5 }),
  appended: fc.option(fc.integer({ min: 1, max: 20 })),
  fresh: stretches,
  order: fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })).map((keys) => [...keys.take(4)]),
  start: fc.constantFrom<StartMode>("only_missing", "only_missing", "resume"),
});

Deno.test("whatever is copied, cut and rotated as a load ends, every row of every file is there once", async () => {
  await fc.assert(
    fc.asyncProperty(drawn, async ({ rows, end, killedAt, copies: count, cut, appended, fresh, order, start }) => {
      await scene(SMALL, async (scene) => {
        const path = scene.write("a.csv", rowsOf(rows));
        const copies = Array.from({ length: count }, (_, at) => join(scene.folder, `old${at}.csv`));
        await loadAndCut(scene, path, {
          // Nothing is rewritten where nothing is cut.
          end: cut === null && end === "rewritten" ? "finished" : end,
          rows,
          killedAt: Math.min(killedAt, rows - 1),
          cut: () => {
            if (cut !== null) return void copyTruncate(path, { copies, rows: rowsIn(cut) });
            for (const copy of copies) Deno.copyFileSync(path, copy);
          },
        });
        const [first = path] = copies;
        if (appended !== null) {
          Deno.writeTextFileSync(first, `${rowsOf(appended, { from: 3_000 }).join("\n")}\n`, { append: true });
        }
        Deno.renameSync(path, join(scene.folder, "cut.csv"));
        const paths = [...copies, join(scene.folder, "cut.csv"), scene.write("a.csv", rowsIn(fresh))]
          .map((path, at) => ({ path, key: order[at] ?? 0 }))
          .toSorted((one, other) => one.key - other.key)
          .map(({ path }) => path);
        await loadAll(scene, paths, start);
        await assertHolds(scene, paths, paths.join());
      });
    }),
    { numRuns: RUNS, seed: SEED },
  );
});
