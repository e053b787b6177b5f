import assert from "node:assert/strict";
import { systemClock } from "../../kernel/clock.ts";
import { STACK_USER } from "../../cli/stack/broker_config.ts";
import type { KafkaLogOptions, SaslOptions } from "../../transport/kafka/options.ts";
import { LogError } from "../../transport/log.ts";
import { realStack, type SecureListeners } from "../support/real_stack.ts";
import { KAFKA_CLIENTS, type OpenKafkaLog } from "./kafka_clients.ts";

interface Access extends Pick<KafkaLogOptions, "brokers" | "tls" | "sasl"> {
  readonly openLog: OpenKafkaLog;
}

const { name: username, password } = STACK_USER;

function open({ openLog, ...access }: Access) {
  return openLog({
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

function testClient(client: string, { openLog, secure, ca }: ClientAccess): void {
  for (const mechanism of ["plain", "scram-sha-256", "scram-sha-512"] as const) {
    const sasl: SaslOptions = { mechanism, username, password };
    Deno.test(`${client} writes and reads with SASL ${mechanism}`, () => {
      return writeAndRead({ openLog, brokers: secure.sasl, sasl });
    });
    Deno.test(`${client} writes and reads with SASL ${mechanism} over TLS`, () => {
      return writeAndRead({ openLog, brokers: secure.saslTls, sasl, tls: { ca } });
    });
    Deno.test(`${client} reports a wrong password as unauthenticated with SASL ${mechanism}, without telling it`, async () => {
      const wrong = { ...sasl, password: "not-the-password" };
      const { code, message } = await rejection({ openLog, brokers: secure.sasl, sasl: wrong });
      assert.equal(code, "unauthenticated");
      assert.ok(!message.includes(wrong.password) && !message.includes(password), message);
    });
  }
  Deno.test(`${client} writes and reads with TLS`, () => {
    return writeAndRead({ openLog, brokers: secure.tls, tls: { ca } });
  });
  Deno.test(`${client} does not trust an unknown certificate`, async () => {
    const { code, message } = await rejection({ openLog, brokers: secure.tls, tls: true });
    assert.equal(code, "unreachable");
    assert.match(message, /certificate|issuer|UnknownIssuer/i);
  });
  Deno.test(`${client} without TLS is recognised at a listener that requires it`, async () => {
    assert.match((await rejection({ openLog, brokers: secure.tls })).code, /^(unreachable|timed_out)$/);
  });
  Deno.test(`${client} without a log-in is recognised at a listener that requires one`, async () => {
    assert.match(
      (await rejection({ openLog, brokers: secure.sasl })).code,
      /^(unreachable|unauthenticated|timed_out)$/,
    );
  });
}

interface ClientAccess {
  readonly openLog: OpenKafkaLog;
  readonly secure: SecureListeners;
  readonly ca: string;
}

const secure = realStack()?.secure ?? null;
if (secure !== null) {
  const ca = await Deno.readTextFile(secure.ca);
  for (const [client, openLog] of KAFKA_CLIENTS) testClient(client, { openLog, secure, ca });
}
