import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../kernel/clock.ts";
import { type FileChange, systemFileWatch } from "./file_watch.ts";

Deno.test("systemFileWatch() tells of writes and of names in a folder, not of reading, also where it is made again", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const told: FileChange[] = [];
  let look = () => {};
  const watch = systemFileWatch(systemClock)({
    changed: (change) => {
      told.push(change);
      look();
    },
    failed: (_folder, cause) => assert.fail(String(cause)),
  });
  const until = async (isIt: (change: FileChange) => boolean) => {
    const stop = AbortSignal.timeout(20_000);
    while (!told.some(isIt)) {
      stop.throwIfAborted();
      await new Promise<void>((resolve) => {
        look = resolve;
        stop.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    told.length = 0;
  };
  const of = (type: FileChange["type"], path: string) => (change: FileChange) =>
    change.type === type && change.paths.includes(path);
  const path = join(folder, "a.log"), other = join(folder, "a.log.1");
  try {
    watch.add(folder, { recursive: false });
    watch.add(folder, { recursive: false });
    await Deno.writeTextFile(path, "one\n");
    await until(of("named", path));
    await Deno.writeTextFile(path, "two\n", { append: true });
    await until(of("written", path));
    await Deno.readTextFile(path);
    await Deno.rename(path, other);
    await until(of("named", other));
    await Deno.remove(folder, { recursive: true });
    await until(of("named", folder));
    await Deno.mkdir(folder);
    watch.add(folder, { recursive: false });
    await Deno.writeTextFile(path, "three\n");
    await until(of("written", path));
  } finally {
    watch[Symbol.dispose]();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("systemFileWatch() says once which folder it cannot watch", () => {
  const failed: string[] = [];
  const watch = systemFileWatch(systemClock)({ changed: () => {}, failed: (folder) => failed.push(folder) });
  for (let look = 0; look < 2; look++) watch.add("/no/such/folder", { recursive: false });
  assert.deepEqual(failed, ["/no/such/folder"]);
  watch[Symbol.dispose]();
});
