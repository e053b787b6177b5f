/** A load that was killed before its first checkpoint, of a file without an earlier settled row: judged by the topics. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { VersionFlag } from "../../config/version_flag.ts";
import { storedIdentity } from "../../records/ids/stored_identity.ts";
import type { RowSource } from "../../sources/source.ts";
import { copyTruncate, idsOf } from "../support/moved_content_scene.ts";
import { HEADER, timeUntil, topicsOf, whileTimePasses } from "../support/resume_harness.ts";
import { rowsOf, type Scene, scene, written } from "../support/resume_scene.ts";

/** No checkpoint is written before the end. */
const FAR = { pipeline: { batchRows: 10, windowRows: 1_000, checkpointRows: 1_000 } };
const OLD = rowsOf(60);
const NEW = rowsOf(30, { from: 1_000 });

/** Loads a file, and kills the process before its first checkpoint. */
async function loadKilled(scene: Scene, path: string, flag: VersionFlag = "v2", until = 20): Promise<void> {
  const process = await scene.start([], flag);
  await process.runtime.addSource(scene.sourceOf(path), { rowsPerSecond: 100 });
  await timeUntil(scene.clock, () => written(scene) >= until);
  process.kill();
  await whileTimePasses(scene.clock, process.remove());
}

/** Asserts that the topics have each row of the files as often as the files do, under each version, and nothing else. */
async function assertHolds(scene: Scene, paths: readonly string[], flag: VersionFlag, about: string): Promise<void> {
  const wanted = await idsOf(scene, paths);
  for (const [version, topic] of topicsOf(flag)) {
    const records = scene.broker.appends.filter((append) => append.topic === topic).flatMap(({ records }) => records);
    const ids = records.map((record) => storedIdentity(record)).filter((found) => found?.version === version);
    assert.deepEqual(ids.map((found) => found?.messageId ?? "?").sort(), wanted, `${about} as ${version}`);
  }
}

/** The file's content at the first load. */
const SEEN_BEFORE: Readonly<Record<string, string | null>> = {
  "not seen before": null,
  "seen empty before": "",
  "seen with its header before": HEADER,
  "seen with half a row before": HEADER + (OLD[0] ?? "").slice(0, -3),
};

/** Changes the file; @returns the files of the next run */
const MOVES: Readonly<Record<string, (scene: Scene, path: string) => string[]>> = {
  "compressed": (_scene, path) => {
    Deno.writeFileSync(`${path}.gz`, gzipSync(Deno.readFileSync(path)));
    Deno.removeSync(path);
    return [`${path}.gz`];
  },
  "compressed beside a new one": ({ write, folder }, path) => {
    Deno.writeFileSync(`${path}.1.gz`, gzipSync(Deno.readFileSync(path)));
    Deno.renameSync(write("new.csv", NEW), join(folder, "b.csv"));
    return [path, `${path}.1.gz`];
  },
  "copied and removed": (_scene, path) => {
    Deno.copyFileSync(path, `${path}.1`);
    Deno.removeSync(path);
    return [`${path}.1`];
  },
  "copied beside a new one without rows": ({ write, folder }, path) => {
    Deno.copyFileSync(path, `${path}.1`);
    Deno.renameSync(write("new.csv", []), join(folder, "b.csv"));
    return [path, `${path}.1`];
  },
  "copied and cut": (_scene, path) => [copyTruncate(path, { copies: [`${path}.1`], rows: NEW }), `${path}.1`],
  "copied and written anew, longer": (_scene, path) => [
    copyTruncate(path, { copies: [`${path}.1`], rows: rowsOf(100, { from: 1_000 }) }),
    `${path}.1`,
  ],
  "copied and cut to its last rows": (_scene, path) => [
    copyTruncate(path, { copies: [`${path}.1`], rows: OLD.slice(40) }),
    `${path}.1`,
  ],
  "compressed into a file that got its inode, beside a new one": ({ write }, path) => {
    const bytes = gzipSync(Deno.readFileSync(path));
    Deno.writeFileSync(path, bytes);
    Deno.renameSync(path, `${path}.1.gz`);
    return [write("b.csv", NEW), `${path}.1.gz`];
  },
  "compressed and cut": (_scene, path) => {
    Deno.writeFileSync(`${path}.1.gz`, gzipSync(Deno.readFileSync(path)));
    return [copyTruncate(path, { copies: [], rows: NEW }), `${path}.1.gz`];
  },
};

for (const [seen, before] of Object.entries(SEEN_BEFORE)) {
  for (const [what, move] of Object.entries(MOVES)) {
    Deno.test(`a file that was ${what} after a load that was killed, ${seen}: each row once, in each order`, async () => {
      for (const flag of ["v2", "both"] as const) {
        for (const backward of [false, true]) {
          await scene({ ...FAR, schemaVersion: flag }, async (scene) => {
            const path = join(scene.folder, "b.csv");
            if (before !== null) {
              Deno.writeTextFileSync(path, before);
              await scene.load([path]);
              Deno.truncateSync(path);
            }
            // In the same inode.
            Deno.writeTextFileSync(path, [HEADER.trim(), ...OLD, ""].join("\n"));
            await loadKilled(scene, path, flag);
            const paths = move(scene, path);
            if (backward) paths.reverse();
            for (let times = 0; times < 2; times++) {
              const { ends } = await scene.load(paths);
              assert.deepEqual(ends, paths.map(() => "completed"));
              await assertHolds(scene, paths, flag, paths.join());
            }
          });
        }
      }
    });
  }
}

const OTHERS: Readonly<Record<string, readonly string[]>> = {
  "that begins with the same row only": [...OLD.slice(0, 1), ...NEW],
  "of the same rows that has a load of its own": OLD,
};

for (const [what, rows] of Object.entries(OTHERS)) {
  Deno.test(`a file that was cut after a load that was killed, beside one ${what}: refused, in each order`, async () => {
    for (const backward of [false, true]) {
      await scene(FAR, async (scene) => {
        const other = scene.write("a.csv", rows), path = scene.write("b.csv", OLD);
        await scene.load([other]);
        await loadKilled(scene, path, "v2", rows.length + 20);
        copyTruncate(path, { copies: [], rows: NEW });
        const paths = backward ? [path, other] : [other, path];
        const before = written(scene);
        for (let times = 0; times < 2; times++) {
          const { ends } = await scene.load(paths);
          assert.deepEqual(ends, paths.map((one) => one === path ? "stopped" : "completed"));
          assert.equal(written(scene), before);
        }
      });
    }
  });
}

for (const what of ["compressed", "copied and cut"]) {
  Deno.test(`a file that got its first row while it was loaded, and was ${what} after that load was killed: each row once`, async () => {
    await scene(FAR, async (scene) => {
      const path = scene.write("b.csv", []);
      const source = scene.sourceOf(path);
      const open: RowSource["open"] = async (from) => {
        scene.write("b.csv", OLD, { append: true });
        return await source.open(from);
      };
      const process = await scene.start();
      await process.runtime.addSource({ ...source, open }, { rowsPerSecond: 100 });
      await timeUntil(scene.clock, () => written(scene) >= 20);
      process.kill();
      await whileTimePasses(scene.clock, process.remove());
      const paths = MOVES[what]?.(scene, path) ?? [];
      for (let times = 0; times < 2; times++) {
        const { ends } = await scene.load(paths);
        assert.deepEqual(ends, paths.map(() => "completed"));
        await assertHolds(scene, paths, "v2", paths.join());
      }
    });
  });
}

for (const rows of [NEW, [], rowsOf(100, { from: 1_000 })]) {
  Deno.test(`a file of ${rows.length} other rows that got the inode of one whose load was killed is a new one`, async () => {
    await scene(FAR, async (scene) => {
      const path = scene.write("b.csv", OLD), other = join(scene.folder, "c.csv");
      await loadKilled(scene, path);
      Deno.renameSync(path, other);
      scene.write("c.csv", rows);
      const before = written(scene);
      for (let times = 0; times < 2; times++) {
        const { ends } = await scene.load([other]);
        assert.deepEqual(ends, ["completed"]);
        assert.equal(written(scene), before + rows.length);
      }
    });
  });
}

Deno.test("a file that was replaced after a killed load, loaded and then cut to its header is a new one", async () => {
  await scene(FAR, async (scene) => {
    const path = scene.write("b.csv", OLD);
    await loadKilled(scene, path);
    const before = written(scene);
    for (const rows of [rowsOf(100, { from: 1_000 }), [], rowsOf(10, { from: 2_000 })]) {
      // In the same inode.
      copyTruncate(path, { copies: [], rows });
      for (let times = 0; times < 2; times++) assert.deepEqual((await scene.load([path])).ends, ["completed"]);
    }
    assert.equal(written(scene), before + 110);
  });
});

Deno.test("a file without a row that is compressed better is the same one", async () => {
  await scene(FAR, async (scene) => {
    const path = join(scene.folder, "b.csv.gz");
    const half = (OLD[0] ?? "").slice(0, 3);
    Deno.writeFileSync(path, new Uint8Array([...gzipSync(HEADER), ...gzipSync(half)]));
    assert.deepEqual((await scene.load([path])).ends, ["completed"]);
    Deno.writeFileSync(path, gzipSync(HEADER + half));
    assert.deepEqual((await scene.load([path])).ends, ["completed"]);
    assert.equal(written(scene), 0);
  });
});
