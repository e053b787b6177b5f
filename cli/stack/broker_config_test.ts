import assert from "node:assert/strict";
import { brokerConfig, type BrokerPorts, scramArguments, STACK_USER } from "./broker_config.ts";

function settings(options: Parameters<typeof brokerConfig>[0]): Record<string, string> {
  const lines = brokerConfig(options).trim().split("\n");
  return Object.fromEntries(lines.map((line) => [line.split("=", 1)[0], line.slice(line.indexOf("=") + 1)]));
}

const brokers: BrokerPorts[] = [1, 2, 3].map((id) => ({ id, plain: 20_000 + id, controller: 21_000 + id }));

Deno.test("brokerConfig of one broker keeps one copy of everything, and makes no topic by itself", () => {
  const [broker] = brokers;
  assert.ok(broker);
  const found = settings({ broker, all: [broker], dataDir: "/data" });
  for (const [name, value] of Object.entries(found)) {
    if (/replication\.factor$|min\.(isr|insync\.replicas)$/.test(name)) assert.equal(value, "1", name);
  }
  assert.equal(found["auto.create.topics.enable"], "false");
  assert.equal(found["listeners"], "PLAINTEXT://127.0.0.1:20001,CONTROLLER://127.0.0.1:21001");
  assert.equal(found["advertised.listeners"], "PLAINTEXT://127.0.0.1:20001");
  assert.equal(found["log.dirs"], "/data");
});

Deno.test("brokerConfig of three brokers keeps three copies, of which two must be in sync, and each is a controller", () => {
  for (const broker of brokers) {
    const found = settings({ broker, all: brokers, dataDir: "/data" });
    assert.equal(found["default.replication.factor"], "3");
    assert.equal(found["min.insync.replicas"], "2");
    assert.equal(found["transaction.state.log.min.isr"], "2");
    assert.equal(found["node.id"], String(broker.id));
    assert.equal(found["controller.quorum.voters"], "1@127.0.0.1:21001,2@127.0.0.1:21002,3@127.0.0.1:21003");
  }
});

Deno.test("brokerConfig listens on the loopback address only, with SASL and TLS where they are asked for", () => {
  const broker = { id: 1, plain: 1, controller: 2, sasl: 3, tls: 4, saslTls: 5 };
  const keyStore = { path: "/tls/broker.p12", password: "p" };
  const found = settings({ broker, all: [broker], dataDir: "/data", keyStore });
  const listeners = (found["listeners"] ?? "").split(",");
  assert.equal(listeners.length, 5);
  for (const listener of listeners) assert.match(listener, /^[A-Z_]+:\/\/127\.0\.0\.1:\d$/);
  assert.equal(found["ssl.keystore.location"], "/tls/broker.p12");
  for (const listener of ["sasl_plaintext", "sasl_ssl"]) {
    assert.match(
      found[`listener.name.${listener}.plain.sasl.jaas.config`] ?? "",
      new RegExp(`user_${STACK_USER.name}=`),
    );
    assert.ok(found[`listener.name.${listener}.scram-sha-256.sasl.jaas.config`]);
  }
  assert.equal(scramArguments().filter((each) => each === "--add-scram").length, 2);
});

Deno.test("brokerConfig gives an authorizer to a broker that is alone, and none to several, which could not elect with it", () => {
  const ports = [1, 2, 3].map((id) => ({ id, plain: 9_000 + id, controller: 9_100 + id }));
  for (const all of [ports.slice(0, 1), ports]) {
    const [broker] = all;
    assert.ok(broker !== undefined);
    const text = brokerConfig({ broker, all, dataDir: "/data" });
    assert.equal(/^authorizer\.class\.name=/m.test(text), all.length === 1);
  }
});
