/**
 * A proxy between clients and a real Kafka broker that damages produce requests as networks and brokers do. Clients that
 * start with its address stay on it: the proxy replaces the broker's own address in the broker's metadata.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { connect, createServer, type Server, type Socket } from "node:net";
import {
  framed,
  frames,
  METADATA,
  PRODUCE,
  produceAnswer,
  type ProduceRequest,
  produceRequest,
  replacePort,
} from "./kafka_frames.ts";
import { Line, type LinkShape, STRAIGHT } from "./link.ts";

/** The fate of the next produce request. */
export type ProduceFault =
  /** The broker does not receive it; the client receives this error. */
  | { readonly type: "answer"; readonly errorCode: number }
  /** The broker stores it; the client receives this error. */
  | { readonly type: "answer_after_storing"; readonly errorCode: number }
  /** The connection ends before the broker receives the request; with `reset`, by a reset. */
  | { readonly type: "lose_request"; readonly reset?: true }
  /** The connection ends in place of the answer; with `reset`, by a reset. */
  | { readonly type: "lose_answer"; readonly reset?: true }
  /** The broker stores it, the answer never comes, the connection stays. */
  | { readonly type: "swallow_answer" }
  /** From this request on the broker receives all requests of the producer, which gets no answers; connections stay open. */
  | { readonly type: "swallow_answers" }
  /** Nothing from this producer arrives until the release; then its first request does. */
  | { readonly type: "hold"; readonly released: Promise<void> };

/** The fate of an answer. */
type AnswerFate = "swallowed" | "ended" | "reset" | { readonly replacedBy: Buffer };

interface Armed {
  readonly fault: ProduceFault;
  readonly struck: () => void;
}

/** One client's connection and the connection to the broker. */
interface Pair {
  readonly client: Socket;
  readonly broker: Socket;
  readonly toClient: Line;
  readonly toBroker: Line;
  readonly apiKeys: Map<number, number>;
  readonly fates: Map<number, AnswerFate>;
  /** Nothing passes any more in either direction, and neither side is told. */
  dead: boolean;
}

/** A proxy in front of one broker; disposing of it ends all its connections. */
export class KafkaProxy implements AsyncDisposable {
  readonly #upstream: { readonly hostname: string; readonly port: number };
  readonly #pairs = new Set<Pair>();
  readonly #sockets = new Set<Socket>();
  readonly #tasks = new Set<Promise<void>>();
  readonly #heldProducers = new Map<bigint, Promise<void>>();
  readonly #deafProducers = new Set<bigint>();
  readonly #produced: bigint[] = [];
  readonly #stop = new AbortController();
  #server: Server;
  #port = 0;
  #next: Armed | null = null;
  #swallowsAll = false;

  /** The state of the links from now on, in both directions. */
  shape: LinkShape = STRAIGHT;

  private constructor(upstream: string) {
    const at = upstream.lastIndexOf(":");
    this.#upstream = { hostname: upstream.slice(0, at), port: Number(upstream.slice(at + 1)) };
    this.#server = this.#makeServer();
  }

  /** @param upstream the broker's `host:port` */
  static async start(upstream: string): Promise<KafkaProxy> {
    const proxy = new KafkaProxy(upstream);
    await proxy.#listen();
    return proxy;
  }

  /** Where clients connect to. */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Number of open client connections. */
  get clients(): number {
    return this.#pairs.size;
  }

  /** The producer id of each produce request so far. */
  get produced(): readonly bigint[] {
    return this.#produced;
  }

  /** Arms a fault for the next produce request of any client. Resolves when the fault has struck. */
  strike(fault: ProduceFault): Promise<void> {
    return new Promise((resolve) => this.#next = { fault, struck: resolve });
  }

  /** Ends all connections and accepts no new ones until {@link restore}. */
  cutOff(): void {
    this.#server.close();
    for (const socket of [...this.#sockets]) socket.destroy();
  }

  /** Takes connections again. */
  async restore(): Promise<void> {
    this.#server = this.#makeServer();
    await this.#listen();
  }

  /** Nothing passes on any connection, old or new, and none ends, until {@link fillHole}. Old connections stay dead. */
  openHole(): void {
    this.#swallowsAll = true;
    for (const pair of this.#pairs) pair.dead = true;
  }

  /** New connections live. */
  fillHole(): void {
    this.#swallowsAll = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cutOff();
    this.#stop.abort(new Error("The proxy is gone"));
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }

  #makeServer(): Server {
    return createServer((client) => this.#run(this.#serve(client)));
  }

  async #listen(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once("error", reject).listen(this.#port, "127.0.0.1", resolve);
    await promise;
    const address = this.#server.address();
    if (address !== null && typeof address === "object") this.#port = address.port;
  }

  #run(work: Promise<void>): void {
    // Connections break: this proxy exists for that.
    const task = work.catch(() => undefined).finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }

  async #serve(client: Socket): Promise<void> {
    this.#adopt(client);
    const broker = this.#adopt(connect(this.#upstream.port, this.#upstream.hostname));
    const line = (to: Socket) => new Line({ to, shape: () => this.shape, signal: this.#stop.signal });
    const pair: Pair = {
      client,
      broker,
      toClient: line(client),
      toBroker: line(broker),
      apiKeys: new Map(),
      fates: new Map(),
      dead: this.#swallowsAll,
    };
    this.#pairs.add(pair);
    try {
      await Promise.race([this.#forwardRequests(pair), this.#forwardAnswers(pair)]);
    } finally {
      this.#pairs.delete(pair);
      for (const socket of [client, broker]) {
        this.#sockets.delete(socket);
        await closed(socket);
      }
    }
  }

  #adopt(socket: Socket): Socket {
    this.#sockets.add(socket);
    // The reader handles the error; without a listener it would end the process.
    return socket.on("error", () => undefined).setNoDelay(true);
  }

  async #forwardRequests(pair: Pair): Promise<void> {
    for await (const frame of frames(pair.client)) {
      if (pair.dead) continue;
      const [apiKey, correlation] = [frame.readInt16BE(0), frame.readInt32BE(4)];
      pair.apiKeys.set(correlation, apiKey);
      if (apiKey !== PRODUCE) await pair.toBroker.send(frame);
      else if (!await this.#forwardProduce(pair, frame, correlation)) return;
    }
  }

  /** Returns false if the connection must end. */
  async #forwardProduce(pair: Pair, frame: Buffer, correlation: number): Promise<boolean> {
    const { toBroker, toClient, fates, client } = pair;
    const request = produceRequest(frame);
    this.#produced.push(request.producerId);
    // A retry of a producer whose first request is held: it is lost, because the first one gets through.
    if (this.#heldProducers.has(request.producerId)) return true;
    const armed = this.#next;
    this.#next = null;
    armed?.struck();
    const fault = armed?.fault;
    if (fault?.type === "swallow_answers") this.#deafProducers.add(request.producerId);
    if (fault?.type === "answer") {
      await toClient.send(produceAnswer(correlation, request, fault.errorCode));
      return true;
    }
    if (fault?.type === "lose_request") {
      if (fault.reset) client.resetAndDestroy();
      return false;
    }
    if (fault?.type === "hold") {
      this.#hold(pair, { frame: Buffer.from(frame), request, released: fault.released });
      return true;
    }
    if (this.#deafProducers.has(request.producerId) || fault?.type === "swallow_answer") {
      fates.set(correlation, "swallowed");
    } else if (fault?.type === "lose_answer") fates.set(correlation, fault.reset ? "reset" : "ended");
    else if (fault?.type === "answer_after_storing") {
      fates.set(correlation, { replacedBy: produceAnswer(correlation, request, fault.errorCode) });
    }
    await toBroker.send(frame);
    return true;
  }

  /** Holds a request; other requests of the connection pass. */
  #hold(
    { client, toBroker }: Pair,
    { frame, request, released }: { frame: Buffer; request: ProduceRequest; released: Promise<void> },
  ): void {
    this.#heldProducers.set(request.producerId, released);
    this.#run(released.then(async () => {
      this.#heldProducers.delete(request.producerId);
      if (!client.destroyed) return await toBroker.send(frame);
      // The client has given up, but the request was on its way.
      const own = this.#adopt(connect(this.#upstream.port, this.#upstream.hostname));
      try {
        own.write(framed(frame));
        for await (const _ of frames(own)) break;
      } finally {
        this.#sockets.delete(own);
        await closed(own);
      }
    }));
  }

  async #forwardAnswers(pair: Pair): Promise<void> {
    const { broker, client, toClient, fates, apiKeys } = pair;
    for await (const frame of frames(broker)) {
      if (pair.dead) continue;
      const correlation = frame.readInt32BE(0);
      const fate = fates.get(correlation);
      if (fate === "swallowed") continue;
      if (fate === "reset") client.resetAndDestroy();
      if (fate === "reset" || fate === "ended") return;
      if (apiKeys.get(correlation) === METADATA) replacePort(frame, this.#upstream, this.#port);
      apiKeys.delete(correlation);
      await toClient.send(fate === undefined ? frame : fate.replacedBy);
    }
  }
}

/** Ends a socket and waits until it is closed. */
function closed(socket: Socket): Promise<void> {
  if (socket.closed) return Promise.resolve();
  return new Promise((resolve) => socket.once("close", () => resolve()).destroy());
}
