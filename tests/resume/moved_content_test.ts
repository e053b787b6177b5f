/**
 * Content that a load has written is recognised in any file that has it now: a file was copied and cut, renamed or
 * rewritten. The load's records belong to the file with this content, not to the one with its name or inode.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { storedMessageId } from "../../records/ids/stored_identity.ts";
import {
  assertHolds,
  copyTruncate,
  ENDS,
  idsOf,
  loadAll,
  loadAndCut,
  ROWS,
  SMALL,
} from "../support/moved_content_scene.ts";
import { rowsOf, scene, written } from "../support/resume_scene.ts";

/** Each file comes first once, and each pair in both orders. */
function ordersOf(items: readonly string[]): string[][] {
  const [first, ...others] = items;
  return first === undefined ? [] : [[...items], items.toReversed(), [...others, first]];
}

const OLD = rowsOf(ROWS);
/** The rows that grow in the cut file. */
const CUT = rowsOf(25, { from: 1_000 });
/** A new file: some rows equal those of the old content and of the cut file, under other numbers, and some are its own. */
const NEW = [...rowsOf(20, { from: 2_000 }), ...rowsOf(30, { from: 15 }), ...rowsOf(10, { from: 1_005 })];

interface Variant {
  readonly name: string;
  readonly copies: number;
  /** The new content of the loaded inode; null if it stays as it was. */
  readonly cut: readonly string[] | null;
  /** Rows that are appended to the copy. */
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

/** The content is in no file, but in the topic: no row of the files may claim it. */
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
        // Rows of the replaced content may have moved here.
        const { ends } = await scene.load(paths, { start: "only_missing" });
        assert.deepEqual(ends, order.map((name) => name === "a.csv" ? "stopped" : "completed"));
        await scene.load(paths, { start: "only_missing", moved: "write" });
        await scene.load(paths, { start: "only_missing" });
        const ids = scene.broker.appends.flatMap(({ records }) =>
          records.map((record) => storedMessageId(record) ?? "")
        );
        assert.deepEqual(ids.sort(), [...kept, ...(await idsOf(scene, paths))].sort(), order.join());
      });
    }
  });
}

/** Out of time order ids depend on row numbers, so a moved row has another one. */
for (const moved of ["take", "write"] as const) {
  Deno.test(`only_missing of rows that stand in another file now, out of the order of time, is refused; moved: ${moved} settles it`, async () => {
    for (const order of ordersOf(["a.csv", "b.csv"])) {
      await scene(SMALL, async (scene) => {
        const path = scene.write("a.csv", OLD);
        assert.deepEqual((await scene.load([path])).ends, ["completed"]);
        scene.write("a.csv", [...OLD.slice(0, 20), ...OLD.slice(23)]);
        const own = rowsOf(10, { from: 5_000 });
        scene.write("b.csv", [...own, ...OLD.slice(20, 23)]);
        const paths = order.map((name) => join(scene.folder, name));
        const refused = await scene.load(paths, { start: "only_missing" });
        assert.deepEqual(refused.ends, order.map((name) => name === "b.csv" ? "stopped" : "completed"));
        const { ends } = await scene.load(paths, { start: "only_missing", moved });
        assert.deepEqual(ends, ["completed", "completed"]);
        assert.deepEqual((await scene.load(paths)).ends, ["completed", "completed"]);
        assert.equal(written(scene), OLD.length + own.length + (moved === "take" ? 0 : 3), order.join());
      });
    }
  });
}
