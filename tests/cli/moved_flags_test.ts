/**
 * Loads with several settings of the version flag, some of which write the same topic. Each load must find what an
 * earlier one has written of a file, under any name of the file and in any order of the files.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { VersionFlag } from "../../config/version_flag.ts";
import { storedMessageId } from "../../records/ids/stored_identity.ts";
import type { StartMode } from "../../runtime/resuming/find_start_point.ts";
import { DeadLetterStore } from "../../state/dead_letters.ts";
import { TOPIC } from "../support/pipeline_harness.ts";
import { topicsOf } from "../support/resume_harness.ts";
import { rowsOf, type Scene, scene } from "../support/resume_scene.ts";

const SMALL = { pipeline: { batchRows: 10, windowRows: 100, checkpointRows: 40 } };
const OLD = rowsOf(60);
const NEW = rowsOf(30, { from: 1_000 });

/** How many records a topic has of each version that the flag writes. */
function countsAs({ broker }: Scene, flag: VersionFlag): number[] {
  return topicsOf(flag).map(([, topic]) =>
    broker.appends.filter((append) => append.topic === topic).reduce((sum, { records }) => sum + records.length, 0)
  );
}

/** Changes the file after its load; @returns the paths of the next load. */
const MOVES: Readonly<Record<string, (scene: Scene, path: string) => string[]>> = {
  "renamed": (_, path) => {
    Deno.renameSync(path, `${path}.1`);
    return [`${path}.1`];
  },
  "rotated": ({ write }, path) => {
    Deno.renameSync(path, `${path}.1`);
    write("a.csv", NEW);
    return [path, `${path}.1`];
  },
  "compressed": (_, path) => {
    compress(path, `${path}.gz`);
    return [`${path}.gz`];
  },
  "compressed under another name, beside a new file": ({ write }, path) => {
    compress(path, `${path}.1.gz`);
    write("a.csv", NEW);
    return [path, `${path}.1.gz`];
  },
  "copied and deleted": ({ folder, write }, path) => {
    const copy = join(folder, "copy.csv");
    write("copy.csv", OLD);
    Deno.removeSync(path);
    return [copy];
  },
  "grown, rotated": ({ write }, path) => {
    write("a.csv", rowsOf(10, { from: 60 }), { append: true });
    Deno.renameSync(path, `${path}.1`);
    write("a.csv", NEW);
    return [path, `${path}.1`];
  },
  "grown by rows of the new file, compressed": ({ write }, path) => {
    write("a.csv", NEW.slice(0, 10), { append: true });
    compress(path, `${path}.1.gz`);
    write("a.csv", NEW);
    return [path, `${path}.1.gz`];
  },
};

function compress(path: string, to: string): void {
  Deno.writeFileSync(to, gzipSync(Deno.readFileSync(path)));
  Deno.removeSync(path);
}

async function rowsIn({ sourceOf }: Scene, paths: readonly string[]): Promise<number> {
  let rows = 0;
  for (const path of paths) {
    const reader = await sourceOf(path).open();
    for (let batch = await reader.next(1_000); batch !== null; batch = await reader.next(1_000)) {
      rows += batch.rows.length;
    }
    await reader.close();
  }
  return rows;
}

/** The setting of each load after the first one. */
const FLAGS: readonly (readonly VersionFlag[])[] = [
  ["v2", "both", "v2"],
  ["both", "v2", "both"],
  ["v2", "v2", "v2"],
];

for (const [what, move] of Object.entries(MOVES)) {
  for (const [first = "v2", ...others] of FLAGS) {
    for (const start of ["resume", "only_missing"] as StartMode[]) {
      for (const order of ["forward", "backward"]) {
        Deno.test(`${start} as ${others.join()} of a file that was ${what} after a load as ${first}, ${order}`, async () => {
          await scene({ ...SMALL, schemaVersion: first }, async (scene) => {
            const path = scene.write("a.csv", OLD);
            await scene.load([path]);
            const paths = move(scene, path);
            if (order === "backward") paths.reverse();
            const rows = await rowsIn(scene, paths);
            for (const flag of others) {
              const { ends, stops } = await scene.load(paths, { start }, flag);
              assert.deepEqual(stops, []);
              assert.deepEqual(ends, paths.map(() => "completed"));
              assert.deepEqual(countsAs(scene, flag), topicsOf(flag).map(() => rows), flag);
            }
          });
        });
      }
    }
  }
}

Deno.test("two files that changed their names are each recognised under another setting of the version flag", async () => {
  for (const start of ["resume", "only_missing"] as StartMode[]) {
    await scene({ ...SMALL, schemaVersion: "v2" }, async (scene) => {
      const a = scene.write("a.csv", OLD), b = scene.write("b.csv", NEW);
      await scene.load([a, b]);
      Deno.renameSync(a, `${a}.x`);
      Deno.renameSync(b, a);
      Deno.renameSync(`${a}.x`, b);
      await scene.load([a, b], { start }, "both");
      assert.deepEqual(countsAs(scene, "both"), [90, 90]);
    });
  }
});

Deno.test("rows that another setting of the version flag has written further are recognised under another name", async () => {
  for (const what of ["renamed", "rotated", "compressed", "compressed under another name, beside a new file"]) {
    await scene({ ...SMALL, schemaVersion: "both" }, async (scene) => {
      const path = scene.write("a.csv", OLD);
      await scene.load([path]);
      scene.write("a.csv", rowsOf(20, { from: 60 }), { append: true });
      await scene.load([path], {}, "v2");
      assert.deepEqual(countsAs(scene, "both"), [60, 80]);
      const paths = MOVES[what]?.(scene, path) ?? [];
      await scene.load(paths, {}, "both");
      const rows = await rowsIn(scene, paths);
      assert.deepEqual(countsAs(scene, "both"), [rows, rows], what);
    });
  }
});

const LAST = "BHP,2024-05-06T09:00:00.000Z,45.5,AUD,";
const QUANTITY_LAST = `symbol,timestamp,price,currency,quantity\n${
  Array.from({ length: 60 }, (_, at) => `${LAST}${1 + at % 3}\n`).join("")
}`;

/** Ids of the records of a topic, in order. */
function idsAs({ broker }: Scene, topic: string): string[] {
  const records = broker.appends.flatMap((append) => append.topic === topic ? append.records : []);
  return records.map((record) => storedMessageId(record) ?? "?").sort();
}

for (
  const flags of [["v2", "both", "v2", "both"], ["v2", "v2", "both", "v2"], ["both", "v2", "both", "v2"]] as const
) {
  for (const rotated of [false, true]) {
    for (const more of ["000\n", "000", "\n", `000\n${LAST}9\n`]) {
      const about = `${flags.join()}, ${JSON.stringify(more)} later${rotated ? " and rotated" : ""}`;
      Deno.test(`the whole of a half row is in a topic once, with any flags sharing it: ${about}`, async () => {
        const [first, ...others] = flags;
        await scene({ ...SMALL, schemaVersion: first, takeLastLine: true }, async (scene) => {
          const path = join(scene.folder, "a.csv");
          Deno.writeTextFileSync(path, `${QUANTITY_LAST}${LAST}5`);
          await scene.load([path]);
          Deno.writeTextFileSync(path, more, { append: true });
          const paths = rotated ? MOVES["rotated"]?.(scene, path) ?? [] : [path];
          for (const flag of others) {
            const { ends, stops } = await scene.load(paths, {}, flag);
            assert.deepEqual(stops, []);
            assert.deepEqual(ends, paths.map(() => "completed"));
          }
          const ids = idsAs(scene, TOPIC);
          const half = more === "\n" ? 0 : 1;
          assert.equal(ids.length, new Set(ids).size, "no record is there twice");
          assert.equal(ids.length, await rowsIn(scene, paths) + half);
        });
      });
    }
  }
}

Deno.test("the dead letters of all settings of the version flag follow a renamed file", async () => {
  for (const what of ["renamed", "compressed", "copied and deleted"]) {
    await scene({ ...SMALL, schemaVersion: "v2" }, async (scene) => {
      const letters = new DeadLetterStore(scene.database);
      const path = scene.write("a.csv", OLD.map((line, at) => at % 10 === 3 ? `bad ${at}` : line));
      await scene.load([path]);
      await scene.load([path], {}, "both");
      // A copy has the same rows.
      const read = Deno.readTextFileSync(path);
      const paths = MOVES[what]?.(scene, path) ?? [];
      if (what === "copied and deleted") Deno.writeTextFileSync(paths[0] ?? "", read);
      const { ends } = await scene.load(paths, {}, "both");
      assert.deepEqual(ends, ["completed"]);
      const moved = paths.map(scene.sourceOf).map(({ id }) => id);
      assert.deepEqual(
        letters.listSources().map(({ source, letters }) => [source, letters]),
        moved.map((id) => [id, 12]),
      );
      assert.equal(letters.count({ state: "open" }), 12);
      for (const versions of ["v2", "both"] as const) {
        await scene.load(paths, {}, versions);
        assert.equal(letters.count({ source: moved[0], versions, state: "open" }), 6, `${what}, ${versions}`);
      }
      assert.deepEqual(countsAs(scene, "both"), [54, 54]);
    });
  }
});
