/** Random files that are copied, cut and rotated as the load of their content ends, compared with the content of the files. */
import { join } from "node:path";
import fc from "fast-check";
import type { StartMode } from "../../runtime/resuming/find_start_point.ts";
import { assertHolds, copyTruncate, ENDS, loadAll, loadAndCut, SMALL } from "../support/moved_content_scene.ts";
import { rowsOf, scene } from "../support/resume_scene.ts";

const RUNS = 20;
const SEED = 20_260_101;

/** A range of rows of the old content, of the cut file, or of no other file. */
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

/** In time order, like a file that is written as the events come; each row once. */
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

Deno.test("files are copied, cut and rotated as a load ends: every row of every file is there once", async () => {
  await fc.assert(
    fc.asyncProperty(drawn, async ({ rows, end, killedAt, copies: count, cut, appended, fresh, order, start }) => {
      await scene(SMALL, async (scene) => {
        const path = scene.write("a.csv", rowsOf(rows));
        const copies = Array.from({ length: count }, (_, at) => join(scene.folder, `old${at}.csv`));
        await loadAndCut(scene, path, {
          // If nothing is cut, nothing is rewritten.
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
