import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../kernel/clock.ts";
import { StorageError } from "../../storage/storage_error.ts";
import { RegistryError } from "../registry.ts";
import { openEmbeddedRegistry, REGISTRY_FILE } from "./registry.ts";
import { inFolder } from "../../tests/support/temp_folder.ts";

const SCHEMA = `{"type":"record","name":"Trade","fields":[{"name":"symbol","type":"string"}]}`;
const WIDER =
  `{"type":"record","name":"Trade","fields":[{"name":"symbol","type":"string"},{"name":"venue","type":"string"}]}`;

async function failureOf(promise: Promise<unknown>): Promise<RegistryError> {
  const error = await promise.then(() => assert.fail("it must reject"), (cause: unknown) => cause);
  assert.ok(error instanceof RegistryError, String(error));
  return error;
}

Deno.test("openEmbeddedRegistry starts at BACKWARD, and finds ids, versions and levels again", () =>
  inFolder(async (dataDir) => {
    const first = openEmbeddedRegistry({ dataDir, clock: systemClock });
    assert.equal(await first.compatibility(), "BACKWARD");
    const id = await first.register("trades", SCHEMA);
    await first.register("quotes", SCHEMA);
    await first.deleteSubject("quotes");
    await first.setCompatibility("FULL", "trades");
    await first.setCompatibility("NONE");
    await first.close();
    const second = openEmbeddedRegistry({ dataDir, clock: systemClock });
    assert.deepEqual(await second.version("trades", "latest"), { subject: "trades", version: 1, id, schema: SCHEMA });
    assert.deepEqual(await second.subjects(), ["trades"]);
    assert.equal(await second.compatibility("trades"), "FULL");
    assert.equal(await second.compatibility(), "NONE");
    await second.register("quotes", SCHEMA);
    assert.deepEqual(await second.versions("quotes"), [2]);
    await second.close();
  }));

Deno.test("EmbeddedRegistry.register names subject, level, version and path when it refuses", () =>
  inFolder(async (dataDir) => {
    const registry = openEmbeddedRegistry({ dataDir, clock: systemClock });
    await registry.register("trades", SCHEMA);
    const error = await failureOf(registry.register("trades", WIDER));
    assert.equal(error.code, "incompatible");
    const { subject, version, path, status } = error.details;
    assert.deepEqual({ subject, version, path, status }, {
      subject: "trades",
      version: "1",
      path: "/fields/1",
      status: 409,
    });
    for (const part of [`"trades"`, "BACKWARD", "version 1", "/fields/1"]) {
      assert.ok(error.message.includes(part), part);
    }
    assert.deepEqual((await registry.checkCompatibility("trades", WIDER)).messages, [error.message]);
    await registry.close();
  }));

Deno.test("EmbeddedRegistry.setCompatibility of a subject called global leaves the global level alone", () =>
  inFolder(async (dataDir) => {
    const registry = openEmbeddedRegistry({ dataDir, clock: systemClock });
    await registry.setCompatibility("NONE", "global");
    assert.equal(await registry.compatibility(), "BACKWARD");
    assert.equal(await registry.compatibility("global"), "NONE");
    await registry.close();
  }));

Deno.test("openEmbeddedRegistry for reading reads beside the writer and refuses to write as unauthorized", () =>
  inFolder(async (dataDir) => {
    const writer = openEmbeddedRegistry({ dataDir, clock: systemClock });
    const reader = openEmbeddedRegistry({ dataDir, clock: systemClock, readOnly: true });
    const id = await writer.register("trades", SCHEMA);
    assert.equal(await reader.schemaById(id), SCHEMA);
    for (
      const call of [
        reader.register("trades", WIDER),
        reader.setCompatibility("NONE"),
        reader.deleteSubject("trades"),
      ]
    ) assert.equal((await failureOf(call)).code, "unauthorized");
    assert.deepEqual(await writer.versions("trades"), [1]);
    await reader.close();
    await writer.close();
  }));

Deno.test("openEmbeddedRegistry refuses a missing file for reading, and the log's file", () =>
  inFolder(async (dataDir) => {
    const options = { dataDir, clock: systemClock };
    const code = (expected: string) => (error: unknown) => error instanceof StorageError && error.code === expected;
    assert.throws(() => openEmbeddedRegistry({ ...options, readOnly: true }), code("missing"));
    await Deno.writeTextFile(join(dataDir, REGISTRY_FILE), "something else\n".repeat(500));
    assert.throws(() => openEmbeddedRegistry(options), code("foreign_file"));
  }));

Deno.test("EmbeddedRegistry answers a damaged file with typed errors", () =>
  inFolder(async (dataDir) => {
    const file = join(dataDir, REGISTRY_FILE);
    const registry = openEmbeddedRegistry({ dataDir, clock: systemClock });
    await registry.register("trades", SCHEMA);
    await registry.close();
    const whole = await Deno.readFile(file);
    for (let page = 1; page < whole.length / 4096; page++) {
      const damaged = whole.slice();
      damaged.fill(0xa5, page * 4096, (page + 1) * 4096);
      await Deno.writeFile(file, damaged);
      try {
        const again = openEmbeddedRegistry({ dataDir, clock: systemClock });
        await again.register("trades", WIDER).catch((error) =>
          assert.ok(error instanceof RegistryError, String(error))
        );
        await again.versions("trades").catch((error) => assert.ok(error instanceof RegistryError, String(error)));
        await again.close();
      } catch (error) {
        assert.ok(error instanceof StorageError, String(error));
      }
    }
  }));
