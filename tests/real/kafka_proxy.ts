/**
 * Stands between clients and a real Kafka broker, and does to produce requests what networks and brokers do. Clients that
 * begin with its address stay on it: the broker's own address is replaced in what the broker says of its cluster.
 *
 * @module
 */
import { Buffer } from "node:buffer";

const PRODUCE = 0;
const METADATA = 3;
/** Produce request version 7: bytes before the client id's length, and before the topic's name after the client id. */
const [HEADER_BYTES, BODY_BYTES] = [8, 12];
const PRODUCER_ID_AT = 43;

/** What happens to the next produce request. */
export type ProduceFault =
  | { readonly type: "answer"; readonly errorCode: number }
  | { readonly type: "lose_answer" }
  | { readonly type: "lose_request" }
  /** From this one on the broker gets all requests of the producer, which hears nothing; connections stay open. */
  | { readonly type: "swallow_answers" }
  /** Nothing of this producer gets through until the release; then its first request does. */
  | { readonly type: "hold"; readonly released: Promise<void> };

interface ProduceRequest {
  readonly topic: string;
  readonly partition: number;
  readonly producerId: bigint;
}

/** A proxy in front of one broker; disposed of, it ends all its connections. */
export class KafkaProxy implements AsyncDisposable {
  readonly #upstream: { readonly hostname: string; readonly port: number };
  readonly #open = new Set<Deno.Conn>();
  readonly #tasks = new Set<Promise<void>>();
  readonly #heldProducers = new Map<bigint, Promise<void>>();
  readonly #deafProducers = new Set<bigint>();
  readonly #produced: bigint[] = [];
  #clients = 0;
  #listener: Deno.TcpListener | null;
  readonly #port: number;
  #next: ProduceFault | null = null;

  /** @param upstream the broker's `host:port` */
  constructor(upstream: string) {
    const at = upstream.lastIndexOf(":");
    this.#upstream = { hostname: upstream.slice(0, at), port: Number(upstream.slice(at + 1)) };
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#port = this.#listener.addr.port;
    this.#run(this.#accept(this.#listener));
  }

  /** Where clients connect to. */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Connections of clients that are open. */
  get clients(): number {
    return this.#clients;
  }

  /** The producer id of each produce request so far. */
  get produced(): readonly bigint[] {
    return this.#produced;
  }

  /** Arms a fault for the next produce request, of whatever client. */
  strikeNext(fault: ProduceFault): void {
    this.#next = fault;
  }

  /** Ends all connections and takes no new ones until {@link restore}. */
  cutOff(): void {
    this.#listener?.close();
    this.#listener = null;
    for (const connection of this.#open) end(connection);
  }

  /** Takes connections again. */
  restore(): void {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: this.#port });
    this.#run(this.#accept(this.#listener));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cutOff();
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }

  #run(work: Promise<void>): void {
    const task = work.catch(() => undefined).finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }

  async #accept(listener: Deno.TcpListener): Promise<void> {
    for await (const client of listener) this.#run(this.#serve(client));
  }

  async #serve(client: Deno.Conn): Promise<void> {
    this.#open.add(client);
    const broker = await Deno.connect(this.#upstream).catch(() => null);
    if (broker === null) return end(client);
    this.#open.add(broker);
    this.#clients++;
    const requests = new Map<number, number>();
    const swallowed = new Map<number, "answer" | "connection">();
    try {
      await Promise.race([
        this.#forwardRequests(client, broker, { requests, swallowed }),
        this.#forwardAnswers(broker, client, { requests, swallowed }),
      ]);
    } finally {
      this.#clients--;
      for (const connection of [client, broker]) {
        this.#open.delete(connection);
        end(connection);
      }
    }
  }

  async #forwardRequests(
    client: Deno.Conn,
    broker: Deno.Conn,
    { requests, swallowed }: { requests: Map<number, number>; swallowed: Map<number, "answer" | "connection"> },
  ): Promise<void> {
    for await (const frame of frames(client)) {
      const [apiKey, correlation] = [frame.readInt16BE(0), frame.readInt32BE(4)];
      requests.set(correlation, apiKey);
      if (apiKey !== PRODUCE) {
        await writeFrame(broker, frame);
        continue;
      }
      const request = produceRequest(frame);
      this.#produced.push(request.producerId);
      const held = this.#heldProducers.get(request.producerId);
      // A later try of a producer whose first one is held: lost, as the first one gets through.
      if (held !== undefined) continue;
      const fault = this.#next;
      this.#next = null;
      if (fault?.type === "swallow_answers" || this.#deafProducers.has(request.producerId)) {
        this.#deafProducers.add(request.producerId);
        swallowed.set(correlation, "answer");
        await writeFrame(broker, frame);
      } else if (fault === null) await writeFrame(broker, frame);
      else if (fault.type === "answer") await writeFrame(client, produceAnswer(correlation, request, fault.errorCode));
      else if (fault.type === "lose_request") return;
      else if (fault.type === "lose_answer") {
        swallowed.set(correlation, "connection");
        await writeFrame(broker, frame);
      } else this.#hold({ client, broker, frame, request, released: fault.released });
    }
  }

  /** Keeps a request back; other requests of the connection go on. */
  #hold(
    { client, broker, frame, request, released }: {
      client: Deno.Conn;
      broker: Deno.Conn;
      frame: Buffer;
      request: ProduceRequest;
      released: Promise<void>;
    },
  ): void {
    this.#heldProducers.set(request.producerId, released);
    this.#run(released.then(async () => {
      this.#heldProducers.delete(request.producerId);
      if (this.#open.has(client)) return await writeFrame(broker, frame);
      // The client has given up; the request was on its way all the same.
      const own = await Deno.connect(this.#upstream);
      try {
        await writeFrame(own, frame);
        for await (const _ of frames(own)) break;
      } finally {
        end(own);
      }
    }));
  }

  async #forwardAnswers(
    broker: Deno.Conn,
    client: Deno.Conn,
    { requests, swallowed }: { requests: Map<number, number>; swallowed: Map<number, "answer" | "connection"> },
  ): Promise<void> {
    for await (const frame of frames(broker)) {
      const correlation = frame.readInt32BE(0);
      // The connection ends where the answer should have come, or goes on without it.
      if (swallowed.get(correlation) === "connection") return;
      if (swallowed.get(correlation) === "answer") continue;
      if (requests.get(correlation) === METADATA) this.#replaceAddress(frame);
      requests.delete(correlation);
      await writeFrame(client, frame);
    }
  }

  /** Replaces the broker's port after its host, in place. */
  #replaceAddress(frame: Buffer): void {
    const address = Buffer.alloc(this.#upstream.hostname.length + 4);
    address.write(this.#upstream.hostname);
    address.writeInt32BE(this.#upstream.port, this.#upstream.hostname.length);
    for (let at = frame.indexOf(address); at >= 0; at = frame.indexOf(address, at + 1)) {
      frame.writeInt32BE(this.#port, at + this.#upstream.hostname.length);
    }
  }
}

function produceRequest(frame: Buffer): ProduceRequest {
  const body = HEADER_BYTES + 2 + Math.max(frame.readInt16BE(HEADER_BYTES), 0);
  const nameLength = frame.readInt16BE(body + BODY_BYTES);
  const nameAt = body + BODY_BYTES + 2;
  const partitionAt = nameAt + nameLength + 4;
  const batchAt = partitionAt + 8;
  return {
    topic: frame.toString("utf8", nameAt, nameAt + nameLength),
    partition: frame.readInt32BE(partitionAt),
    producerId: frame.readBigInt64BE(batchAt + PRODUCER_ID_AT),
  };
}

function produceAnswer(correlation: number, { topic, partition }: ProduceRequest, errorCode: number): Buffer {
  const name = Buffer.from(topic);
  const answer = Buffer.alloc(48 + name.length);
  let at = answer.writeInt32BE(correlation, 0);
  at = answer.writeInt32BE(1, at);
  at = answer.writeInt16BE(name.length, at);
  at += name.copy(answer, at);
  at = answer.writeInt32BE(1, at);
  at = answer.writeInt32BE(partition, at);
  at = answer.writeInt16BE(errorCode, at);
  for (let field = 0; field < 3; field++) at = answer.writeBigInt64BE(-1n, at);
  at = answer.writeInt32BE(0, at);
  return answer.subarray(0, at);
}

/** Messages without their length. */
async function* frames(connection: Deno.Conn): AsyncGenerator<Buffer> {
  for (;;) {
    const length = await exactly(connection, 4);
    const frame = length === null ? null : await exactly(connection, length.readInt32BE(0));
    if (frame === null) return;
    yield frame;
  }
}

async function exactly(connection: Deno.Conn, length: number): Promise<Buffer | null> {
  const bytes = Buffer.alloc(length);
  for (let filled = 0; filled < length;) {
    const read = await connection.read(bytes.subarray(filled));
    if (read === null) return null;
    filled += read;
  }
  return bytes;
}

async function writeFrame(connection: Deno.Conn, frame: Buffer): Promise<void> {
  const bytes = Buffer.alloc(4 + frame.length);
  bytes.writeInt32BE(frame.length, 0);
  frame.copy(bytes, 4);
  for (let written = 0; written < bytes.length;) written += await connection.write(bytes.subarray(written));
}

function end(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // Ended already, by the other side's task.
  }
}
