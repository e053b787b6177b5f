/** Peers that send no valid frames, with either client: its message, its memory, and that it continues. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { systemClock } from "../../kernel/clock.ts";
import { MAX_FRAME_BYTES, MAX_UNTRUSTED_FRAME_BYTES } from "../../transport/kafka/frame_lengths.ts";
import type { KafkaLogOptions } from "../../transport/kafka/options.ts";
import { addressText } from "../../transport/kafka/options.ts";
import { type Log, LogError } from "../../transport/log.ts";
import { KAFKA_CLIENTS } from "../real/kafka_clients.ts";
import { frame } from "./corrupt_answer.ts";
import { type FakeAnswer, FakeBroker, type FakeRequest } from "./fake_broker.ts";
import { RECORDED_TOPIC as topic, recordedAnswer } from "./recorded_answers.ts";

const [API_VERSIONS, METADATA, FETCH] = [18, 3, 1];
const raw = (bytes: Uint8Array): FakeAnswer => ({ raw: bytes });
const announcing = (length: number) => raw(frame(0, Buffer.from("and something more"), length));

/** The first bytes, and the message about them. */
const FIRST_ANSWERS: readonly (readonly [what: string, answer: FakeAnswer, told: RegExp])[] = [
  ["a negative length", announcing(-5), /does not speak Kafka: a frame of -5 bytes/],
  ["nothing but zeros", raw(new Uint8Array(4_000)), /does not speak Kafka: a frame of 0 bytes/],
  ["2 GiB", announcing(0x7fff_ffff), /a frame of 2147483647 bytes, and an answer has at most 1048576/],
  ["a byte too many", announcing(MAX_UNTRUSTED_FRAME_BYTES + 1), /a frame of 1048577 bytes/],
  ["HTTP", raw(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")), /it answers "HTTP\/1.1 400 Bad Request"/],
  ["an alert of TLS", raw(Buffer.from("15030300020228", "hex")), /does not speak Kafka without TLS: set kafka\.tls/],
  ["nothing", "end", /Connecting to 127\.0\.0\.1:\d+ failed/],
];

function answering(first: FakeAnswer): (request: FakeRequest) => FakeAnswer {
  return (request) => request.apiKey === API_VERSIONS ? first : "silence";
}

async function withLog(
  openLog: (options: KafkaLogOptions) => Promise<Log>,
  { peer, requestTimeoutMs = 2_000 }: { readonly peer: FakeBroker; readonly requestTimeoutMs?: number },
  body: (log: Log) => Promise<void>,
): Promise<void> {
  const log = await openLog({
    brokers: [addressText(peer.address)],
    clientId: "test",
    requestTimeoutMs,
    deliveryTimeoutMs: requestTimeoutMs,
    connectionTimeoutMs: 2_000,
    clock: systemClock,
  });
  try {
    await body(log);
  } finally {
    await log.close();
  }
}

async function rejection(call: Promise<unknown>): Promise<LogError> {
  const error = await call.then(() => null, (cause: unknown) => cause);
  assert.ok(error instanceof LogError, `expected a LogError, got ${Deno.inspect(error)}`);
  return error;
}

for (const [client, openLog] of KAFKA_CLIENTS) {
  for (const [what, answer, told] of FIRST_ANSWERS) {
    Deno.test(`${client} is unreachable for a peer that answers ${what}, says what came, and tries it again`, async () => {
      await using peer = new FakeBroker(answering(answer));
      await withLog(openLog, { peer }, async (log) => {
        const { code, message } = await rejection(log.admin.clusterId());
        assert.equal(code, "unreachable");
        assert.match(message, told);
        if (answer !== "end") assert.match(message, new RegExp(addressText(peer.address).replaceAll(".", "\\.")));
        assert.ok(peer.requests.length >= 2, "tried again");
      });
    });
  }

  Deno.test(`${client} takes a frame in pieces of one byte`, async () => {
    await using peer = new FakeBroker(recordedAnswer, { pieces: 1 });
    await withLog(openLog, { peer }, async (log) => {
      assert.equal((await log.admin.describeTopic(topic))?.partitions, 1);
    });
  });

  Deno.test(`${client} takes larger answers of a broker that it has connected to, up to a limit`, async () => {
    const lengths: number[] = [MAX_UNTRUSTED_FRAME_BYTES + 1, MAX_FRAME_BYTES + 1];
    await using peer = new FakeBroker((request) => {
      const body = recordedAnswer(request);
      if (request.apiKey !== FETCH) return body;
      const length = lengths.shift();
      if (length === undefined || length > MAX_FRAME_BYTES) return announcing(length ?? -1);
      return Buffer.concat([body, Buffer.alloc(length - body.length - 4)]);
    });
    await withLog(openLog, { peer, requestTimeoutMs: 2_000 }, async (log) => {
      const read = () => Array.fromAsync(log.read(topic, 0, { from: 0n, to: 1n }));
      assert.equal((await read()).flat().length, 1);
      const { message } = await rejection(read());
      assert.match(message, /a frame of (105906177|-1) bytes/);
    });
  });

  Deno.test(`${client} says of a first answer that cannot be read that this may not be Kafka`, async () => {
    await using peer = new FakeBroker(answering(Buffer.from("0000" + "ffffffff0700000000", "hex")));
    await withLog(openLog, { peer }, async (log) => {
      const { code, message } = await rejection(log.admin.clusterId());
      assert.equal(code, "unreachable");
      assert.match(message, /is it Kafka\?/);
    });
  });

  Deno.test(`${client} does not wait for an answer that comes drop by drop longer than for any other`, async () => {
    await using peer = new FakeBroker(
      (request) => request.apiKey === METADATA ? announcing(5_000) : recordedAnswer(request),
    );
    await withLog(openLog, { peer, requestTimeoutMs: 200 }, async (log) => {
      assert.equal((await rejection(log.admin.clusterId())).code, "timed_out");
    });
  });
}

Deno.test("KafkajsLog makes no room for the items that an answer only announces", async () => {
  await using peer = new FakeBroker(answering(Buffer.from("0000" + "01c9c380" + "00000000", "hex")));
  await withLog(KAFKA_CLIENTS[0]?.[1] ?? assert.fail(), { peer }, async (log) => {
    assert.match((await rejection(log.admin.clusterId())).message, /an array of 30000000 items in 8 bytes/);
  });
});
