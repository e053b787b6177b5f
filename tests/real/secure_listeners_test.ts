import assert from "node:assert/strict";
import { systemClock } from "../../actors/kernel/clock.ts";
import { STACK_USER } from "../../scripts/stack/broker_config.ts";
import { openKafkajsLog } from "../../transport/kafkajs/log.ts";
import type { KafkajsLogOptions, SaslOptions } from "../../transport/kafkajs/options.ts";
import { LogError } from "../../transport/log.ts";
import { realStack } from "../real_stack.ts";

type Access = Pick<KafkajsLogOptions, "brokers" | "tls" | "sasl">;

const { name: username, password } = STACK_USER;

function open(access: Access) {
  return openKafkajsLog({
    ...access,
    clientId: "secure",
    requestTimeoutMs: 10_000,
    deliveryTimeoutMs: 20_000,
    connectionTimeoutMs: 10_000,
    clock: systemClock,
  });
}

async function writeAndRead(access: Access): Promise<void> {
  const log = await open(access);
  try {
    const topic = `secure-${crypto.randomUUID()}`;
    await log.admin.createTopic({ name: topic, partitions: 1 });
    const producer = await log.createProducer();
    const value = new TextEncoder().encode("over this listener");
    const outcome = await producer.send(topic, 0, [{ key: null, value, timestamp: systemClock.now() }]);
    assert.deepEqual(outcome, { type: "stored", baseOffset: 0n });
    for await (const [record] of log.read(topic, 0, { from: 0n, to: 1n })) assert.deepEqual(record?.value, value);
  } finally {
    await log.close();
  }
}

async function rejection(access: Access): Promise<LogError> {
  const log = await open(access);
  try {
    const error = await log.createProducer().then(() => null, (cause: unknown) => cause);
    assert.ok(error instanceof LogError, `expected a LogError, got ${String(error)}`);
    return error;
  } finally {
    await log.close();
  }
}

const secure = realStack()?.secure ?? null;
if (secure !== null) {
  const ca = await Deno.readTextFile(secure.ca);
  for (const mechanism of ["plain", "scram-sha-256", "scram-sha-512"] as const) {
    const sasl: SaslOptions = { mechanism, username, password };
    Deno.test(`openKafkajsLog writes and reads with SASL ${mechanism}`, () => {
      return writeAndRead({ brokers: secure.sasl, sasl });
    });
    Deno.test(`openKafkajsLog writes and reads with SASL ${mechanism} over TLS`, () => {
      return writeAndRead({ brokers: secure.saslTls, sasl, tls: { ca } });
    });
    Deno.test(`openKafkajsLog reports a wrong password as unauthorized with SASL ${mechanism}, without telling it`, async () => {
      const wrong = "not-the-password";
      const { code, message } = await rejection({ brokers: secure.sasl, sasl: { ...sasl, password: wrong } });
      assert.equal(code, "unauthorized");
      assert.ok(!message.includes(wrong) && !message.includes(password), message);
    });
  }
  Deno.test("openKafkajsLog writes and reads with TLS", () => writeAndRead({ brokers: secure.tls, tls: { ca } }));
  Deno.test("openKafkajsLog does not trust a certificate that nobody vouches for", async () => {
    const { code, message } = await rejection({ brokers: secure.tls, tls: true });
    assert.equal(code, "unreachable");
    assert.match(message, /certificate|issuer|UnknownIssuer/i);
  });
  Deno.test("openKafkajsLog without a log-in is told apart at a listener that wants one", async () => {
    assert.match((await rejection({ brokers: secure.sasl })).code, /^(unreachable|unauthorized|timed_out)$/);
  });
}
