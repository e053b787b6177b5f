import assert from "node:assert/strict";
import { join } from "node:path";
import type { Clock } from "../kernel/clock.ts";
import { systemClock } from "../kernel/clock.ts";
import { DataDirLockedError, DataDirUnusableError, lockDataDir } from "./lock.ts";
import { inFolder } from "../tests/support/temp_folder.ts";

const CLOCK: Clock = { ...systemClock, now: () => Date.UTC(2026, 0, 2, 3, 4, 5) };

/** A process that takes the lock, says so, and then waits for its input to end. */
function startHolder(dataDir: string): { child: Deno.ChildProcess; locked: Promise<void> } {
  const program = `
    import { lockDataDir } from ${JSON.stringify(import.meta.resolve("./lock.ts"))};
    await lockDataDir(${JSON.stringify(dataDir)}, { command: "load" });
    console.log("locked");
    await Deno.stdin.read(new Uint8Array(1));
  `;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", program],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const locked = (async () => {
    for await (const chunk of child.stdout) {
      if (new TextDecoder().decode(chunk).includes("locked")) return;
    }
    throw new Error("The process ended before it had the lock.");
  })();
  return { child, locked };
}

Deno.test("lockDataDir() makes the folder and signs the lock", async () => {
  await inFolder(async (folder) => {
    const dataDir = join(folder, "a", "b");
    await using lock = await lockDataDir(dataDir, { command: "load trades.csv", clock: CLOCK });
    const expected = { pid: Deno.pid, since: "2026-01-02T03:04:05.000Z", command: "load trades.csv" };
    assert.deepEqual(lock.holder, expected);
    assert.deepEqual(JSON.parse(await Deno.readTextFile(join(dataDir, "lock"))), expected);
  });
});

Deno.test("lockDataDir() refuses a second lock in the same process, and gives it after the release", async () => {
  await inFolder(async (dataDir) => {
    const lock = await lockDataDir(dataDir, { command: "load", clock: CLOCK });
    await assert.rejects(lockDataDir(dataDir, { command: "serve" }), (error) => {
      assert.ok(error instanceof DataDirLockedError);
      assert.deepEqual(error.holder, lock.holder);
      assert.ok(error.message.includes(`in use by process ${Deno.pid} (load), since 2026-01-02T03:04:05.000Z`));
      assert.match(error.message, /--data-dir/);
      return true;
    });
    await lock.release();
    await lock.release();
    await (await lockDataDir(dataDir, { command: "serve" })).release();
  });
});

Deno.test("lockDataDir() names the other process, and gets the lock once that one was killed", async () => {
  await inFolder(async (dataDir) => {
    const { child, locked } = startHolder(dataDir);
    try {
      await locked;
      await assert.rejects(lockDataDir(dataDir, { command: "load" }), (error) => {
        assert.ok(error instanceof DataDirLockedError);
        assert.equal(error.holder?.pid, child.pid);
        assert.equal(error.holder?.command, "load");
        return true;
      });
    } finally {
      child.kill("SIGKILL");
      await child.status;
      await child.stdin.close().catch(() => {});
    }
    await using lock = await lockDataDir(dataDir, { command: "load" });
    assert.equal(lock.holder.pid, Deno.pid);
  });
});

Deno.test("lockDataDir() survives a signature that is not one", async () => {
  await inFolder(async (dataDir) => {
    await using _lock = await lockDataDir(dataDir, { command: "load" });
    for (const signature of ["", "{", "null", '{"pid":"1"}', "\xff".repeat(10_000)]) {
      await Deno.writeTextFile(join(dataDir, "lock"), signature);
      await assert.rejects(lockDataDir(dataDir, { command: "load" }), (error) => {
        return error instanceof DataDirLockedError && error.holder === null && /another process/.test(error.message);
      });
    }
  });
});

Deno.test("lockDataDir() names a data folder that can be none, or that may not be written to", async () => {
  await inFolder(async (folder) => {
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "");
    for (const dataDir of [file, join(file, "below")]) {
      await assert.rejects(lockDataDir(dataDir, { command: "load" }), (error) => {
        assert.ok(error instanceof DataDirUnusableError, String(error));
        assert.equal(error.dataDir, dataDir);
        assert.ok(error.message.startsWith(`The data folder ${dataDir} cannot be used: `));
        return true;
      });
    }
  });
});
