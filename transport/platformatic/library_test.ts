import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { systemClock } from "../../kernel/clock.ts";
import type { KafkaBroker, WireRequest } from "../kafka/client.ts";
import { KafkaFailure } from "../kafka/errors.ts";
import type { KafkaLogOptions } from "../kafka/options.ts";
import { type FakeAnswer, FakeBroker, type FakeRequest } from "../../tests/hostile/fake_broker.ts";
import { platformaticClient } from "./library.ts";

const [SASL_HANDSHAKE, API_VERSIONS, SASL_AUTHENTICATE, METADATA] = [17, 18, 36, 3];
/** ApiVersions without an error: version 3 with one entry, then version 1 with one. */
const VERSIONS_3 = Buffer.from("0000" + "02" + "0000" + "0003" + "0009" + "00" + "00000000" + "00", "hex");
const VERSIONS_1 = Buffer.from("0000" + "00000001" + "0024" + "0000" + "0002" + "00000000", "hex");
/** Deno looks for what is left open only when asked. */
const CLEAN = { sanitizeOps: true, sanitizeResources: true };
const REASON = new Error("the test is over");

const options: KafkaLogOptions = {
  brokers: [],
  clientId: "test",
  requestTimeoutMs: 60_000,
  deliveryTimeoutMs: 60_000,
  connectionTimeoutMs: 60_000,
  clock: systemClock,
};

function make(fake: FakeBroker, more: Partial<KafkaLogOptions> = {}): KafkaBroker {
  return platformaticClient.makeBroker(fake.address, { ...options, ...more });
}

function request(pieces: readonly Buffer[], decode: (payload: Uint8Array) => string = decodeText): WireRequest<string> {
  return { apiKey: METADATA, apiVersion: 10, apiName: "Metadata", encode: () => pieces, decode };
}

function decodeText(payload: Uint8Array): string {
  return new TextDecoder().decode(payload);
}

async function failureOfCall(call: Promise<unknown>): Promise<KafkaFailure> {
  const error = await call.then(() => null, (cause: unknown) => cause);
  assert.ok(error instanceof KafkaFailure, `expected a KafkaFailure, got ${String(error)}`);
  return error;
}

/** Answers the first request of a connection, and others as told. */
function connectable(others: (request: FakeRequest) => FakeAnswer): (request: FakeRequest) => FakeAnswer {
  return (request) => request.apiKey === API_VERSIONS ? VERSIONS_3 : others(request);
}

Deno.test("PlatformaticBroker connects, learns the versions, and gives each answer to its caller", CLEAN, async () => {
  await using fake = new FakeBroker(connectable(({ correlation }) => Buffer.from(`answer ${correlation}`)));
  const broker = make(fake);
  assert.equal(broker.isConnected(), false);
  await broker.connect();
  assert.equal(broker.isConnected(), true);
  assert.deepEqual(broker.versionsOf(0), { min: 3, max: 9 });
  assert.equal(broker.versionsOf(99), null);
  const answers = await Promise.all([1, 2, 3].map(() => broker.send(request([Buffer.from("a"), Buffer.from("b")]))));
  assert.deepEqual(answers, [2, 3, 4].map((correlation) => `answer ${correlation}`));
  await broker.end(REASON);
  assert.equal(broker.isConnected(), false);
});

Deno.test("PlatformaticBroker has copied the pieces of a request when it has sent it", CLEAN, async () => {
  await using fake = new FakeBroker(connectable(() => Buffer.from("answer")));
  const broker = make(fake);
  await broker.connect();
  const pieces = [Buffer.alloc(3, "a"), Buffer.alloc(100_000, "b")];
  const sends = [request(pieces), request(pieces.slice(1))].map((each) => broker.send(each));
  for (const piece of pieces) piece.fill("x");
  await Promise.all(sends);
  const [, first, second] = fake.requests.map(({ rest }) => rest.toString().slice(-100_003));
  assert.ok(first === "aaa" + "b".repeat(100_000));
  assert.ok(second?.endsWith("b".repeat(100_000)));
  await broker.end(REASON);
});

Deno.test(
  "PlatformaticBroker.end rejects what waits for an answer, and what comes later, and may be called again",
  CLEAN,
  async () => {
    await using fake = new FakeBroker(connectable(() => "silence"));
    const broker = make(fake);
    await broker.connect();
    const waiting = [1, 2].map(() => failureOfCall(broker.send(request([Buffer.from("x")]))));
    await Promise.all([broker.end(REASON), broker.end(REASON)]);
    await broker.end(REASON);
    for (const { meaning } of await Promise.all(waiting)) assert.equal(meaning.code, "unreachable");
    assert.equal((await failureOfCall(broker.send(request([Buffer.from("x")])))).meaning.code, "unreachable");
  },
);

Deno.test(
  "PlatformaticBroker.end does not wait for a broker that reads nothing, and the rest is never written",
  CLEAN,
  async () => {
    await using fake = new FakeBroker(null);
    const { host, port } = fake.address;
    const silent = platformaticClient.makeBroker({ host, port }, options);
    // The request for the versions stays unanswered, and what is sent behind it fills every buffer on the way.
    const connecting = failureOfCall(silent.connect());
    const large = Buffer.alloc(64 * 1024 * 1024);
    // Connections take requests as soon as they are up, whether or not the versions are known.
    while (!silent.isConnected()) await systemClock.sleep(1);
    const sending = failureOfCall(silent.send(request([large])));
    await silent.end(REASON);
    assert.equal((await connecting).meaning.code, "unreachable");
    assert.deepEqual((await sending).meaning, { code: "unreachable", retriable: true, doubtful: true });
    await fake.release();
    assert.ok(fake.bytesAfterRelease < large.length, `${fake.bytesAfterRelease} bytes of ${large.length} came through`);
  },
);

Deno.test("PlatformaticBroker.end ends an attempt to connect, with its timers", CLEAN, async () => {
  await using fake = new FakeBroker(null);
  // TLS with a silent peer: the connection never comes up.
  const broker = make(fake, { tls: true });
  const connecting = failureOfCall(broker.connect());
  await broker.end(REASON);
  assert.equal((await connecting).meaning.code, "unreachable");
});

Deno.test("PlatformaticBroker.end of a broker that was never connected does nothing", CLEAN, async () => {
  await using fake = new FakeBroker(null);
  await make(fake).end(REASON);
});

Deno.test(
  "PlatformaticBroker gives up a request after its time, as doubtful, and the connection with it",
  CLEAN,
  async () => {
    await using fake = new FakeBroker(connectable(() => "silence"));
    const broker = make(fake, { requestTimeoutMs: 50 });
    await broker.connect();
    const { meaning } = await failureOfCall(broker.send(request([Buffer.from("x")])));
    assert.deepEqual(meaning, { code: "timed_out", retriable: true, doubtful: true });
    assert.equal(broker.isConnected(), false);
    await broker.end(REASON);
  },
);

Deno.test(
  "PlatformaticBroker is unreachable when the broker ends the connection or answers another request",
  CLEAN,
  async () => {
    for (const odd of ["end", { correlation: 4_711 }] as const) {
      await using fake = new FakeBroker(connectable(() => odd));
      const broker = make(fake);
      await broker.connect();
      const { meaning } = await failureOfCall(broker.send(request([Buffer.from("x")])));
      assert.deepEqual(meaning, { code: "unreachable", retriable: true, doubtful: true });
      await broker.end(REASON);
      assert.equal(broker.isConnected(), false);
    }
  },
);

Deno.test(
  "PlatformaticBroker takes an answer that cannot be read as doubtful, and others are answered all the same",
  CLEAN,
  async () => {
    await using fake = new FakeBroker(connectable(() => Buffer.from("answer")));
    const broker = make(fake);
    await broker.connect();
    const unreadable = request([Buffer.from("x")], () => {
      throw new RangeError("no such field");
    });
    const { meaning, message } = await failureOfCall(broker.send(unreadable));
    assert.deepEqual(meaning, { code: "client", retriable: false, doubtful: true });
    assert.match(message, /no such field/);
    assert.equal(await broker.send(request([Buffer.from("x")])), "answer");
    await broker.end(REASON);
  },
);

Deno.test(
  "PlatformaticBroker reports that nothing listens, or that a broker is too old to tell its versions",
  CLEAN,
  async () => {
    const gone = new FakeBroker(null);
    await gone[Symbol.asyncDispose]();
    const nobody = make(gone);
    assert.match((await failureOfCall(nobody.connect())).message, /refused/i);
    await nobody.end(REASON);
    // Such a broker answers in the oldest form, with UNSUPPORTED_VERSION and nothing more to read.
    await using old = new FakeBroker(() => Buffer.from("0023" + "00000000", "hex"));
    const broker = make(old);
    assert.deepEqual((await failureOfCall(broker.connect())).meaning, {
      code: "client",
      retriable: false,
      doubtful: false,
    });
    await broker.end(REASON);
  },
);

Deno.test(
  "PlatformaticBroker leaves no timer for the next log-in behind when the broker ends the connection",
  CLEAN,
  async () => {
    const lifetime = Buffer.alloc(8);
    lifetime.writeBigInt64BE(3_600_000n);
    const plain = Buffer.from("PLAIN");
    const handshake = Buffer.concat([Buffer.from("0000" + "00000001" + "0005", "hex"), plain]);
    const authenticated = Buffer.concat([Buffer.from("00" + "0000" + "00" + "01", "hex"), lifetime, Buffer.from([0])]);
    let versionsAsked = 0;
    await using fake = new FakeBroker(({ apiKey }) => {
      if (apiKey === API_VERSIONS) return versionsAsked++ === 0 ? VERSIONS_1 : VERSIONS_3;
      if (apiKey === SASL_HANDSHAKE) return handshake;
      return apiKey === SASL_AUTHENTICATE ? authenticated : "end";
    });
    const broker = make(fake, { sasl: { mechanism: "plain", username: "user", password: "secret" } });
    await broker.connect();
    await failureOfCall(broker.send(request([Buffer.from("x")])));
    // Not ended by us: the sanitizers see what is left.
    assert.equal(broker.isConnected(), false);
  },
);
