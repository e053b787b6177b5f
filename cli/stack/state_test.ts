import assert from "node:assert/strict";
import { join } from "node:path";
import { withFileLock } from "./file_lock.ts";
import { freePorts, portIsFree } from "./ports.ts";
import { StackError } from "./stack_error.ts";
import { readState, stackDir, type StackState, writeState } from "./state.ts";
import { inFolder } from "../../tests/support/temp_folder.ts";

const STATE: StackState = {
  format: 1,
  name: "default",
  clusterId: "id",
  secure: false,
  keep: false,
  brokers: [{ id: 1, plain: 1, controller: 2 }],
  registryPort: 3,
  processes: [],
};

Deno.test("writeState and readState are inverse; without a file there is no state", async () => {
  await inFolder(async (dir) => {
    const inner = join(dir, "stack");
    assert.equal(await readState(inner), null);
    await writeState(inner, STATE);
    assert.deepEqual(await readState(inner), STATE);
    assert.deepEqual([...Deno.readDirSync(inner)].map(({ name }) => name), ["state.json"]);
  });
});

Deno.test("readState names a file that is damaged", async () => {
  await inFolder(async (dir) => {
    for (const text of ["", "{", "null", `{"format":2,"processes":[],"brokers":[]}`]) {
      await Deno.writeTextFile(join(dir, "state.json"), text);
      await assert.rejects(readState(dir), (error) => error instanceof StackError && error.message.includes(dir), text);
    }
  });
});

Deno.test("stackDir refuses names that could leave the folder", () => {
  assert.equal(stackDir("/cache", "test-1_a"), join("/cache", "stacks", "test-1_a"));
  for (const name of ["", "..", "a/b", "-a", "A", "a.lock", "x".repeat(41)]) {
    assert.throws(() => stackDir("/cache", name), StackError, name);
  }
});

Deno.test("freePorts gives different ports below those of outgoing connections, and portIsFree sees a listener", () => {
  const ports = freePorts(20);
  assert.equal(new Set(ports).size, 20);
  for (const port of ports) assert.ok(port >= 20_000 && port < 32_000);
  const [port = 0] = ports;
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  assert.equal(portIsFree(port), false);
  listener.close();
  assert.equal(portIsFree(port), true);
});

Deno.test("withFileLock lets one in at a time, says that it waits, and lets the next in after a failure", async () => {
  await inFolder(async (dir) => {
    const path = join(dir, "folder", "lock");
    const order: string[] = [];
    const held = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    const first = withFileLock(path, async () => {
      entered.resolve();
      await held.promise;
      order.push("first");
      throw new Error("broken");
    });
    await entered.promise;
    const waited = Promise.withResolvers<void>();
    const second = withFileLock(path, () => Promise.resolve(order.push("second")), { onWait: waited.resolve });
    await waited.promise;
    held.resolve();
    await assert.rejects(first, /broken/);
    await second;
    assert.deepEqual(order, ["first", "second"]);
  });
});
