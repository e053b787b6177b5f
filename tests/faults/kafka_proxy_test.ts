import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { connect, createServer, type Server, type Socket } from "node:net";
import { systemClock } from "../../kernel/clock.ts";
import { within } from "../contracts/patience.ts";
import { framed, frames, METADATA, PRODUCE } from "./kafka_frames.ts";
import { KafkaProxy, type ProduceFault } from "./kafka_proxy.ts";

const CLEAN = { sanitizeOps: true, sanitizeResources: true };
const TOPIC = "t";

/** Answers every request with its correlation id and its own port as text. */
class EchoBroker implements AsyncDisposable {
  readonly requests: number[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  port = 0;

  constructor() {
    this.#server = createServer((socket) => void this.#serve(socket).catch(() => undefined));
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    assert.ok(address !== null && typeof address === "object");
    this.port = address.port;
    return this;
  }

  async #serve(socket: Socket): Promise<void> {
    this.#sockets.add(socket.on("error", () => undefined));
    for await (const frame of frames(socket)) {
      this.requests.push(frame.readInt32BE(4));
      const answer = Buffer.alloc(4 + 13);
      answer.writeInt32BE(frame.readInt32BE(4), 0);
      answer.write("127.0.0.1", 4);
      answer.writeInt32BE(this.port, 13);
      socket.write(framed(answer));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) await closed(socket);
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

function closed(socket: Socket): Promise<void> {
  return socket.closed ? Promise.resolve() : new Promise((resolve) => socket.once("close", () => resolve()).destroy());
}

function request(apiKey: number, correlation: number): Buffer {
  const body = Buffer.alloc(200);
  body.writeInt16BE(apiKey, 0);
  body.writeInt32BE(correlation, 4);
  body.writeInt16BE(-1, 8); // no client id
  body.writeInt16BE(TOPIC.length, 22);
  body.write(TOPIC, 24);
  return framed(body);
}

/** A client of the proxy that records what it receives and how its connection ends. */
class Client {
  readonly socket: Socket;
  readonly answers: Buffer[] = [];
  readonly end: Promise<"end" | "reset">;

  constructor(proxy: KafkaProxy) {
    this.socket = connect(Number(proxy.address.split(":")[1]), "127.0.0.1");
    this.end = this.#read();
  }

  async #read(): Promise<"end" | "reset"> {
    try {
      for await (const frame of frames(this.socket)) this.answers.push(Buffer.from(frame));
      return "end";
    } catch {
      return "reset";
    }
  }

  async ask(apiKey: number, correlation: number): Promise<Buffer> {
    const before = this.answers.length;
    this.socket.write(request(apiKey, correlation));
    while (this.answers.length === before) await systemClock.sleep(2, AbortSignal.timeout(10_000));
    return this.answers[before] ?? Buffer.alloc(0);
  }
}

async function withProxy(use: (proxy: KafkaProxy, broker: EchoBroker) => Promise<void>): Promise<void> {
  await using broker = await new EchoBroker().start();
  await using proxy = await KafkaProxy.start(`127.0.0.1:${broker.port}`);
  await use(proxy, broker);
}

/** The fate of the request that a fault strikes. */
async function struck(fault: ProduceFault): Promise<{ end: "end" | "reset" | "open"; answers: number; seen: boolean }> {
  const outcome: { end: "end" | "reset" | "open"; answers: number; seen: boolean } = {
    end: "open",
    answers: 0,
    seen: false,
  };
  await withProxy(async (proxy, broker) => {
    const client = new Client(proxy);
    await client.ask(METADATA, 1);
    const striking = proxy.strike(fault);
    client.socket.write(request(PRODUCE, 2));
    await within("the strike", striking);
    const quiet = systemClock.sleep(150).then(() => "open" as const);
    outcome.end = await Promise.race([client.end, quiet]);
    await quiet;
    outcome.answers = client.answers.length - 1;
    outcome.seen = broker.requests.includes(2);
    await closed(client.socket);
  });
  return outcome;
}

Deno.test("KafkaProxy passes everything on and replaces the broker's port by its own", CLEAN, async () => {
  await withProxy(async (proxy) => {
    const client = new Client(proxy);
    const answer = await client.ask(METADATA, 7);
    assert.equal(answer.readInt32BE(0), 7);
    assert.equal(answer.readInt32BE(13), Number(proxy.address.split(":")[1]));
    await client.ask(PRODUCE, 8);
    await closed(client.socket);
  });
});

const STRIKES: readonly (readonly [ProduceFault, Awaited<ReturnType<typeof struck>>])[] = [
  [{ type: "lose_request" }, { end: "end", answers: 0, seen: false }],
  [{ type: "lose_request", reset: true }, { end: "reset", answers: 0, seen: false }],
  [{ type: "lose_answer" }, { end: "end", answers: 0, seen: true }],
  [{ type: "lose_answer", reset: true }, { end: "reset", answers: 0, seen: true }],
  [{ type: "swallow_answer" }, { end: "open", answers: 0, seen: true }],
  [{ type: "answer", errorCode: 45 }, { end: "open", answers: 1, seen: false }],
  [{ type: "answer_after_storing", errorCode: 45 }, { end: "open", answers: 1, seen: true }],
];

for (const [fault, expected] of STRIKES) {
  Deno.test(
    `KafkaProxy.strike() with ${JSON.stringify(fault)} does what it says, and the broker sees what it may`,
    CLEAN,
    async () => {
      assert.deepEqual(await struck(fault), expected);
    },
  );
}

Deno.test(
  "KafkaProxy.openHole() lets nothing through and ends nothing; new connections live when it is filled",
  CLEAN,
  async () => {
    await withProxy(async (proxy, broker) => {
      const old = new Client(proxy);
      await old.ask(METADATA, 1);
      proxy.openHole();
      const during = new Client(proxy);
      for (const client of [old, during]) client.socket.write(request(METADATA, 2));
      await systemClock.sleep(150);
      proxy.fillHole();
      const later = new Client(proxy);
      await later.ask(METADATA, 3);
      old.socket.write(request(METADATA, 4));
      await systemClock.sleep(100);
      assert.deepEqual(broker.requests, [1, 3]);
      assert.deepEqual([old.answers.length, during.answers.length], [1, 0]);
      for (const client of [old, during, later]) await closed(client.socket);
    });
  },
);

Deno.test("KafkaProxy.shape makes the link slow and narrow", CLEAN, async () => {
  await withProxy(async (proxy) => {
    const client = new Client(proxy);
    await client.ask(METADATA, 1);
    const took = async () => {
      const begin = systemClock.monotonic();
      await client.ask(METADATA, 2);
      return systemClock.monotonic() - begin;
    };
    proxy.shape = { latencyMs: 100, bytesPerSecond: Infinity };
    const long = await took();
    assert.ok(long >= 195, `${long} ms for two times 100 ms`);
    // 200 bytes to the broker, 17 back.
    proxy.shape = { latencyMs: 0, bytesPerSecond: 1_000 };
    const narrow = await took();
    assert.ok(narrow >= 210, `${narrow} ms for 217 bytes at 1,000 a second`);
    await closed(client.socket);
  });
});
