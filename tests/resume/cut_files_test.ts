/** Files that were cut or split after a killed load: no file may have the rows that were sent, or another one may. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { RowsPastEndError } from "../../actors/delivery/already_written.ts";
import { HEADER, timeUntil, whileTimePasses } from "../support/resume_harness.ts";
import { rowsOf, type Scene, scene, written } from "../support/resume_scene.ts";

const OFTEN = { pipeline: { batchRows: 5, windowRows: 200, checkpointRows: 20 } };
const NEVER = { pipeline: { batchRows: 5, windowRows: 1_000, checkpointRows: 10_000 } };
const ROWS = rowsOf(90);

/** Loads the file and kills the process while rows are in flight. */
async function loadKilled(scene: Scene, path: string, { until = 50, complete = false } = {}): Promise<void> {
  if (complete) return void await scene.load([path]);
  const process = await scene.start([scene.sourceOf(path)]);
  await process.runtime.addSource(scene.sourceOf(path), { rowsPerSecond: 100 });
  await timeUntil(scene.clock, () => written(scene) >= until);
  process.kill();
  await whileTimePasses(scene.clock, process.remove());
}

function text(rows: readonly string[]): string {
  return [HEADER.trim(), ...rows, ""].join("\n");
}

/** Another file takes the name. */
function replace(path: string, bytes: Uint8Array): void {
  Deno.writeFileSync(`${path}.new`, bytes);
  Deno.renameSync(`${path}.new`, path);
}

for (const [when, settings] of [["before its first checkpoint", NEVER], ["after a checkpoint", OFTEN]] as const) {
  for (const packed of [false, true]) {
    for (const inPlace of [false, true]) {
      const what = `${packed ? "a compressed file" : "a file"} that was cut ${inPlace ? "in place" : "and replaced"}`;
      Deno.test(`${what} below what a load had sent that was killed ${when} is refused, and taken by --only-missing`, async () => {
        await scene(settings, async (scene) => {
          const path = join(scene.folder, packed ? "a.csv.gz" : "a.csv");
          const bytes = (rows: readonly string[]) =>
            packed ? new Uint8Array(gzipSync(text(rows))) : new TextEncoder().encode(text(rows));
          Deno.writeFileSync(path, bytes(ROWS));
          await loadKilled(scene, path);
          const before = written(scene);
          if (inPlace) Deno.writeFileSync(path, bytes(ROWS.slice(0, 45)));
          else replace(path, bytes(ROWS.slice(0, 45)));
          for (let times = 0; times < 2; times++) {
            assert.deepEqual((await scene.load([path])).ends, ["stopped"]);
            assert.equal(written(scene), before);
          }
          assert.deepEqual((await scene.load([path], { start: "only_missing" })).ends, ["completed"]);
          assert.equal(written(scene), before);
          assert.deepEqual((await scene.load([path])).ends, ["completed"]);
        });
      });
    }
  }
}

Deno.test("a file that was cut below what a killed load had sent, and has grown by half a line since, is refused", async () => {
  // A checkpoint about each 30 rows: those after row 45 are past it.
  await scene({ pipeline: { ...OFTEN.pipeline, checkpointRows: 60 } }, async (scene) => {
    const path = join(scene.folder, "a.csv");
    await Deno.writeTextFile(path, text(ROWS));
    await loadKilled(scene, path);
    const before = written(scene);
    // As large as it was, and as it was up to the last checkpoint: only its end says that rows are gone.
    await Deno.writeTextFile(path, text(ROWS.slice(0, 45)) + "BHP,".padEnd(4_000, "2024"));
    const { ends, process } = await scene.load([path]);
    assert.deepEqual(ends, ["stopped"]);
    const causes = process.events.flatMap((event) => event.type === "source_stopped" ? [event.cause] : []);
    assert.ok(causes[0] instanceof RowsPastEndError, String(causes[0]));
    assert.equal(written(scene), before);
  });
});

Deno.test("a file that was cut below what a killed load may have sent is refused, though the topics have less", async () => {
  await scene({ pipeline: { ...OFTEN.pipeline, checkpointRows: 60 } }, async (scene) => {
    const path = scene.write("a.csv", ROWS);
    await loadKilled(scene, path);
    const before = written(scene);
    scene.write("a.csv", ROWS.slice(0, 70));
    assert.ok(before < 70);
    assert.deepEqual((await scene.load([path])).ends, ["stopped"]);
    assert.equal(written(scene), before);
    assert.deepEqual((await scene.load([path], { start: "only_missing" })).ends, ["completed"]);
    assert.equal(written(scene), 70);
  });
});

for (const complete of [false, true]) {
  const when = complete ? "after its load" : "after a checkpoint of a load that was killed";
  // Rows that were sent and not marked are unknown in the further parts.
  for (const lines of complete ? [2, 30, 60, 89] : [2, 30]) {
    Deno.test(`no part with ${lines} rows of a file that was split ${when} is written again, and --only-missing writes the rest`, async () => {
      await scene(OFTEN, async (scene) => {
        const path = scene.write("big.csv", ROWS);
        await loadKilled(scene, path, { complete });
        const before = written(scene);
        const parts = [0, lines].map((from) =>
          scene.write(`big.${from}.csv`, ROWS.slice(from, from === 0 ? lines : 90))
        );
        Deno.removeSync(path);
        for (let times = 0; times < 2; times++) {
          assert.deepEqual((await scene.load(parts)).ends, ["stopped", "stopped"]);
          assert.equal(written(scene), before);
        }
        for (const start of ["only_missing", "resume"] as const) {
          assert.deepEqual((await scene.load(parts, { start })).ends, ["completed", "completed"]);
          assert.equal(written(scene), ROWS.length);
        }
      });
    });
  }
}

for (const first of ["day.BHP.csv", "day.csv"]) {
  Deno.test(`no part of a file that was split by symbol is written again, the first one being ${first}`, async () => {
    await scene(OFTEN, async (scene) => {
      const rows = rowsOf(90, { symbol: (row) => ["BHP", "RIO", "CSL"][row % 3] ?? "" });
      const path = scene.write("day.csv", rows);
      await scene.load([path]);
      Deno.removeSync(path);
      const parts = ["BHP", "RIO", "CSL"].map((symbol) =>
        scene.write(symbol === "BHP" ? first : `day.${symbol}.csv`, rows.filter((row) => row.startsWith(symbol)))
      );
      for (const order of [parts, parts.toReversed()]) {
        assert.deepEqual((await scene.load(order)).ends, ["stopped", "stopped", "stopped"]);
        assert.equal(written(scene), rows.length);
      }
      for (const start of ["only_missing", "resume"] as const) {
        assert.deepEqual((await scene.load(parts, { start })).ends, ["completed", "completed", "completed"]);
        assert.equal(written(scene), rows.length);
      }
    });
  });
}

Deno.test("no part is written again of a file that was split into so many that some have no known row", async () => {
  await scene(OFTEN, async (scene) => {
    const rows = rowsOf(2_000, { symbol: (row) => `S${Math.min(row % 61, 59)}` });
    const path = scene.write("day.csv", rows);
    await scene.load([path]);
    Deno.removeSync(path);
    const parts = Array.from(
      { length: 60 },
      (_, at) => scene.write(`day.${at}.csv`, rows.filter((row) => row.startsWith(`S${at},`))),
    );
    assert.deepEqual(new Set((await scene.load(parts)).ends), new Set(["stopped"]));
    assert.equal(written(scene), rows.length);
  });
});

for (const how of ["appended to", "joined with others into"]) {
  Deno.test(`rows of a file that were ${how} another one are not written again once the file is gone`, async () => {
    await scene(OFTEN, async (scene) => {
      const hours = [0, 1, 2].map((hour) => scene.write(`hour${hour}.csv`, rowsOf(30, { from: hour * 30 })));
      await scene.load(hours);
      const [first = "", ...others] = hours;
      const day = how === "appended to" ? first : scene.write("day.csv", rowsOf(30));
      if (day !== first) Deno.removeSync(first);
      scene.write(day.slice(scene.folder.length + 1), rowsOf(60, { from: 30 }), { append: true });
      for (const other of others) Deno.removeSync(other);
      for (let times = 0; times < 2; times++) {
        assert.deepEqual((await scene.load([day])).ends, ["stopped"]);
        assert.equal(written(scene), 90);
      }
      for (const start of ["only_missing", "resume"] as const) {
        assert.deepEqual((await scene.load([day], { start })).ends, ["completed"]);
        assert.equal(written(scene), 90);
      }
    });
  });
}

Deno.test("a file that grew is resumed beside one that is gone", async () => {
  await scene(OFTEN, async (scene) => {
    const paths = [scene.write("a.csv", rowsOf(30)), scene.write("b.csv", rowsOf(30, { from: 100 }))];
    await scene.load(paths);
    Deno.removeSync(paths[1] ?? "");
    scene.write("a.csv", rowsOf(30, { from: 200 }), { append: true });
    assert.deepEqual((await scene.load(paths.slice(0, 1))).ends, ["completed"]);
    assert.equal(written(scene), 90);
  });
});

Deno.test("--only-missing of the parts of a file writes nothing of them, though the first one has got its inode", async () => {
  await scene(OFTEN, async (scene) => {
    const path = scene.write("big.csv", ROWS);
    await scene.load([path]);
    const first = join(scene.folder, "big.0.csv");
    Deno.writeTextFileSync(path, text(ROWS.slice(0, 50)));
    Deno.renameSync(path, first);
    const parts = [first, scene.write("big.1.csv", ROWS.slice(50))];
    assert.equal((await scene.load(parts)).ends[0], "stopped");
    for (let times = 0; times < 2; times++) {
      assert.deepEqual((await scene.load(parts, { start: "only_missing" })).ends, ["completed", "completed"]);
      assert.equal(written(scene), ROWS.length);
    }
  });
});

Deno.test("a file that begins as one that is gone, and is no part of it, is a new one", async () => {
  await scene(OFTEN, async (scene) => {
    const path = scene.write("day1.csv", ROWS);
    await scene.load([path]);
    const paths = [
      scene.write("day2.csv", [...ROWS.slice(0, 20), ...ROWS.slice(21, 80)]),
      scene.write("day3.csv", [...ROWS.slice(0, 1), ...rowsOf(20, { from: 500 })]),
    ];
    Deno.removeSync(path);
    assert.deepEqual((await scene.load(paths)).ends, ["completed", "completed"]);
    assert.equal(written(scene), 90 + 79 + 21);
  });
});

Deno.test("the first part of a file that was split before the first checkpoint of its load is refused", async () => {
  await scene(NEVER, async (scene) => {
    const path = scene.write("big.csv", ROWS);
    await loadKilled(scene, path);
    const before = written(scene);
    const part = scene.write("big.0.csv", ROWS.slice(0, 30));
    Deno.removeSync(path);
    for (let times = 0; times < 2; times++) assert.deepEqual((await scene.load([part])).ends, ["stopped"]);
    assert.equal(written(scene), before);
    const rest = scene.write("big.1.csv", ROWS.slice(30));
    assert.deepEqual((await scene.load([part, rest], { start: "only_missing" })).ends, ["completed", "completed"]);
    assert.equal(written(scene), ROWS.length);
  });
});

Deno.test("a file that was cut where a load had ended in order is resumed", async () => {
  await scene(OFTEN, async (scene) => {
    const path = scene.write("a.csv", ROWS);
    await scene.load([path], { limitRows: 40 });
    replace(path, new TextEncoder().encode(text(ROWS.slice(0, 45))));
    assert.deepEqual((await scene.load([path])).ends, ["completed"]);
    assert.equal(written(scene), 45);
  });
});
