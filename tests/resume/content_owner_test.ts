/** The order in which the files of a run are examined does not decide which of them a checkpoint belongs to. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { assertHolds, copyTruncate, ENDS, loadAndCut, SMALL } from "../support/moved_content_scene.ts";
import { rowsOf, type Scene, scene, written } from "../support/resume_scene.ts";

const OLD = rowsOf(60);
/** Has some of the old rows: alone it would be the changed old file. */
const WINDOW = [...OLD.slice(40), ...rowsOf(30, { from: 1_000 })];

/** @returns the files of the next run */
type Move = (scene: Scene, path: string) => string[];

const MOVES: Readonly<Record<string, Move>> = {
  "cut to some of its rows, beside a copy": ({ folder }, path) => {
    const copy = join(folder, "copy.csv");
    return [copyTruncate(path, { copies: [copy], rows: WINDOW }), copy];
  },
  "replaced by some of its rows, beside a compressed copy": ({ write, folder }, path) => {
    Deno.writeFileSync(`${path}.1.gz`, gzipSync(Deno.readFileSync(path)));
    Deno.renameSync(write("new.csv", WINDOW), join(folder, "a.csv"));
    return [path, `${path}.1.gz`];
  },
  "rotated, with some of its rows in the new one": ({ write }, path) => {
    Deno.renameSync(path, `${path}.1`);
    return [write("a.csv", WINDOW), `${path}.1`];
  },
  "copied, cut to some of its rows and renamed, beside another new file": ({ write, folder }, path) => {
    const copy = join(folder, "copy.csv"), cut = join(folder, "cut.csv");
    copyTruncate(path, { copies: [copy], rows: WINDOW });
    Deno.renameSync(path, cut);
    return [copy, cut, write("a.csv", rowsOf(20, { from: 2_000 }))];
  },
};

for (const [what, move] of Object.entries(MOVES)) {
  for (const end of ENDS) {
    if (end === "rewritten") continue;
    Deno.test(`a file that was ${what}, after a load that was ${end}: the same in each order`, async () => {
      for (const turns of [0, 1, 2]) {
        for (const backward of [false, true]) {
          await scene({ pipeline: { ...SMALL.pipeline, checkpointRows: 20 } }, async (scene) => {
            const path = scene.write("a.csv", OLD);
            let paths: string[] = [];
            await loadAndCut(scene, path, { end, killedAt: 45, cut: () => paths = move(scene, path) });
            paths = [...paths.slice(turns), ...paths.slice(0, turns)];
            if (backward) paths.reverse();
            for (let times = 0; times < 2; times++) {
              const { ends } = await scene.load(paths);
              assert.deepEqual(ends, paths.map(() => "completed"));
              await assertHolds(scene, paths, paths.join());
            }
          });
        }
      }
    });
  }
}

Deno.test("only_missing knows what an ended load has written of a file by its content", async () => {
  for (const move of Object.values(MOVES)) {
    await scene(SMALL, async (scene) => {
      const path = scene.write("a.csv", OLD);
      let paths: string[] = [];
      await loadAndCut(scene, path, { end: "finished", cut: () => paths = move(scene, path) });
      for (const start of ["only_missing", "resume"] as const) {
        const { ends } = await scene.load(paths, { start });
        assert.deepEqual(ends, paths.map(() => "completed"));
        await assertHolds(scene, paths, paths.join());
      }
    });
  }
});

Deno.test("a copy that was loaded for itself does not take what is known of the other file", async () => {
  for (const backward of [false, true]) {
    await scene(SMALL, async (scene) => {
      const path = scene.write("a.csv", OLD), copy = scene.write("copy.csv", OLD);
      const paths = backward ? [copy, path] : [path, copy];
      await scene.load(paths);
      scene.write("a.csv", WINDOW);
      const { ends } = await scene.load(paths);
      assert.equal(ends[paths.indexOf(path)], "stopped");
      assert.equal(written(scene), 120);
    });
  }
});

Deno.test("what was loaded of a file is that of its copy, once --only-missing has found it there", async () => {
  await scene(SMALL, async (scene) => {
    const path = scene.write("a.csv", OLD), copy = join(scene.folder, "copy.csv");
    const cut = () => void copyTruncate(path, { copies: [copy], rows: WINDOW });
    await loadAndCut(scene, path, { end: "finished", cut });
    assert.deepEqual((await scene.load([copy], { start: "only_missing" })).ends, ["completed"]);
    assert.equal(written(scene), OLD.length);
    // Beside no copy, a checkpoint of its own would say that it was changed.
    assert.deepEqual((await scene.load([path])).ends, ["completed"]);
    await assertHolds(scene, [path, copy], "each has its rows");
  });
});
