import assert from "node:assert/strict";
import { brokerConfig } from "./broker_config.ts";
import { KAFKA_VERSION, REGISTRY_PATH, REGISTRY_VERSION } from "./versions.ts";

const compose = await Deno.readTextFile(new URL("../../compose.yaml", import.meta.url));

Deno.test("compose.yaml has the versions of the local stack, and the registry's path", () => {
  const images = [...compose.matchAll(/^\s+image:\s*(\S+)$/gm)].map(([, image]) => image);
  assert.deepEqual(images, [`apache/kafka:${KAFKA_VERSION}`, `apicurio/apicurio-registry:${REGISTRY_VERSION}`]);
  assert.ok(compose.includes(`${REGISTRY_PATH}/subjects`));
});

Deno.test("compose.yaml configures the broker as the local stack does, but for addresses and sizes", () => {
  const broker = { id: 1, plain: 9092, controller: 9093 };
  const local = new Map<string, string>(
    brokerConfig({ broker, all: [broker], dataDir: "/data" }).trim().split("\n").map((line) => {
      const [name = "", value = ""] = line.split(/=(.*)/);
      return [`KAFKA_${name.toUpperCase().replaceAll(".", "_")}`, value] as const;
    }),
  );
  const settings = [...compose.matchAll(/^\s+(KAFKA_[A-Z_]+):\s*"?([^"\n]*)"?$/gm)];
  assert.ok(settings.length > 10);
  const addresses = /LISTENERS$|QUORUM_VOTERS$/;
  for (const [, name = "", value] of settings) {
    assert.ok(local.has(name), `${name} is no setting of the local stack`);
    if (!addresses.test(name)) assert.equal(value, local.get(name), name);
  }
});
