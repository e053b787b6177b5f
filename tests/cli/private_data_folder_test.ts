/** Which users may read the files in a data folder. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../kernel/clock.ts";
import { TestProgram } from "../support/cli.ts";
import { StateDatabase } from "../../state/database.ts";
import { lockDataDir } from "../../state/lock.ts";
import { WrittenIds } from "../../state/written_ids.ts";
import { openEmbeddedLog } from "../../transport/embedded/log.ts";
import { openEmbeddedRegistry } from "../../transport/embedded/registry.ts";

const ignore = Deno.build.os === "windows";
const modeOf = (path: string) => ((Deno.statSync(path).mode ?? 0) & 0o777).toString(8);

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const before = Deno.umask(0o022);
  try {
    await body(folder);
  } finally {
    Deno.umask(before);
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "only its owner may read the files of a data folder, SQLite's own files included",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const dataDir = join(folder, "data");
      await using _lock = await lockDataDir(dataDir, { command: "test" });
      using _state = StateDatabase.open(dataDir);
      using written = new WrittenIds(dataDir);
      written.flush();
      const log = await openEmbeddedLog({ dataDir, sync: "full", clock: systemClock });
      await log.admin.createTopic({ name: "t", partitions: 1 });
      const registry = await openEmbeddedRegistry({ dataDir, clock: systemClock });
      await registry.register("s", '"string"');
      const names = Array.from(Deno.readDirSync(dataDir)).map(({ name }) => name).sort();
      assert.deepEqual(names.filter((name) => !/-(wal|shm)$/.test(name)), [
        "lock",
        "log.sqlite",
        "registry.sqlite",
        "state.sqlite",
        "written_ids.sqlite",
      ]);
      assert.ok(names.includes("state.sqlite-wal") && names.includes("log.sqlite-wal"), names.join());
      for (const name of names) assert.equal(modeOf(join(dataDir, name)), "600", name);
      assert.equal(modeOf(dataDir), "700");
      await registry.close();
      await log.close();
    }),
});

Deno.test({
  name:
    "load removes others' rights from the files of an earlier version, says so once, and leaves the folder as it is",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const dataDir = join(folder, ".tickflume");
      StateDatabase.open(dataDir).close();
      Deno.chmodSync(dataDir, 0o755);
      Deno.chmodSync(join(dataDir, "state.sqlite"), 0o644);
      await Deno.writeTextFile(join(folder, "a.ndjson"), "");
      const program = new TestProgram({ cwd: folder });
      const load = () =>
        program.run("load", "a.ndjson", "--format", "ndjson", "--data-type", "trades", "--exchange", "ASX");
      const told = /other users could read state\.sqlite, and cannot any more/;
      assert.match((await load()).stderr, told);
      assert.doesNotMatch((await load()).stderr, told);
      assert.deepEqual([modeOf(dataDir), modeOf(join(dataDir, "state.sqlite"))], ["755", "600"]);
    }),
});
