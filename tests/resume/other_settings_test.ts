/** A file that was loaded with other settings is refused, under any setting of the version flag and under any name. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import type { VersionFlag } from "../../config/version_flag.ts";
import type { StartMode } from "../../runtime/resuming/find_start_point.ts";
import { openFileSource } from "../../sources/files/file_source.ts";
import { whileTimePasses } from "../support/resume_harness.ts";
import { rowsOf, type Scene, scene, written } from "../support/resume_scene.ts";

const SMALL = { pipeline: { batchRows: 10, windowRows: 100, checkpointRows: 40 } };

/** Changes the file after its load; @returns its new path. */
const MOVES: Readonly<Record<string, (path: string) => string>> = {
  "left as it was": (path) => path,
  "renamed": (path) => {
    Deno.renameSync(path, `${path}.1`);
    return `${path}.1`;
  },
  "compressed": (path) => {
    Deno.writeFileSync(`${path}.gz`, gzipSync(Deno.readFileSync(path)));
    Deno.removeSync(path);
    return `${path}.gz`;
  },
};

/** Loads a file as that of a company. */
async function loadWith(
  scene: Scene,
  path: string,
  { companyId, flag, start }: { companyId: string; flag: VersionFlag; start?: StartMode },
): Promise<string> {
  const { clock } = scene;
  const format = { format: "csv", kind: "trade", exchange: "ASX", assetClass: "equities", currency: "AUD" } as const;
  const source = openFileSource({ path, ...format, companyId, timeZone: "Australia/Sydney", clock });
  const process = await scene.start([source], flag);
  const { done } = await process.runtime.addSource(source, { start });
  const { type } = await whileTimePasses(clock, done.catch(() => ({ type: "refused" })));
  await whileTimePasses(clock, process.remove());
  return type;
}

for (const start of ["resume", "only_missing"] as StartMode[]) {
  for (const [first, then] of [["v2", "both"], ["both", "v2"], ["v2", "v2"]] as const) {
    for (const [what, move] of Object.entries(MOVES)) {
      Deno.test(`${start} as ${then} with other settings than a load as ${first}, of a file that was ${what}, writes nothing`, async () => {
        await scene({ ...SMALL, schemaVersion: first }, async (scene) => {
          const path = scene.write("a.csv", rowsOf(60));
          assert.equal(await loadWith(scene, path, { companyId: "7", flag: first }), "completed");
          const before = written(scene);
          const next = move(path);
          assert.notEqual(await loadWith(scene, next, { companyId: "5", flag: then, start }), "completed");
          assert.equal(written(scene), before);
          assert.equal(await loadWith(scene, next, { companyId: "5", flag: then, start: "restart" }), "completed");
          assert.equal(written(scene), before + (then === "both" ? 120 : 60));
        });
      });
    }
  }
}

Deno.test("other settings than those of a load that met no row are no other load", async () => {
  for (const start of ["resume", "only_missing"] as const) {
    await scene({ ...SMALL, schemaVersion: "v2" }, async (scene) => {
      const path = scene.write("a.csv", []);
      assert.equal(await loadWith(scene, path, { companyId: "7", flag: "v2" }), "completed");
      scene.write("a.csv", rowsOf(10), { append: true });
      assert.equal(await loadWith(scene, path, { companyId: "5", flag: "v2", start }), "completed");
      assert.equal(await loadWith(scene, path, { companyId: "5", flag: "v2" }), "completed");
      assert.equal(written(scene), 10);
    });
  }
});
