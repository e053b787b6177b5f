/** Servers of another kind at the address of brokers or of a registry: the program gets an error, and nothing stays open. */
import assert from "node:assert/strict";
import { ConnectError } from "../../runtime/first_contact.ts";
import { MarketDataProducer } from "../../producer/market_data_producer.ts";
import { lockDataDir } from "../../state/lock.ts";
import { FakeBroker } from "../hostile/fake_broker.ts";

/** A server at a local port. */
interface Peer extends AsyncDisposable {
  readonly port: number;
}

function closedPort(): Peer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return { port, [Symbol.asyncDispose]: () => Promise.resolve() };
}

/** Accepts connections and never answers. */
function blackHole(): Peer {
  const peer = new FakeBroker(null);
  return { port: peer.address.port, [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose]() };
}

/** Answers the first bytes with these, and closes the connection. */
function answering(bytes: Uint8Array<ArrayBuffer>): Peer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answer = async (connection: Deno.Conn) => {
    using open = connection;
    await open.read(new Uint8Array(4096));
    await open.write(bytes);
  };
  const serving = (async () => {
    const connections: Promise<void>[] = [];
    for await (const connection of listener) connections.push(answer(connection).catch(() => undefined));
    await Promise.all(connections);
  })();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

const HTML = new TextEncoder().encode("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>");
/** A fatal alert, as a TLS server sends to a client without TLS. */
const TLS_ALERT = new Uint8Array([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x46]);
/** An answer of a few bytes, as a Kafka broker gives to bytes that look like a request. */
const KAFKA_ANSWER = new Uint8Array([0, 0, 0, 6, 0, 0, 0, 1, 0, 35]);

const PEERS: readonly (readonly [what: string, open: () => Peer])[] = [
  ["nothing listens", closedPort],
  ["a port that takes connections and is silent", blackHole],
  ["a web server", () => answering(HTML)],
  ["a TLS port", () => answering(TLS_ALERT)],
  ["a Kafka port that refuses", () => answering(KAFKA_ANSWER)],
];

async function startFailure(
  options: { readonly client: "kafkajs" | "platformatic"; readonly brokers: string; readonly registry: string },
): Promise<ConnectError> {
  const starting = MarketDataProducer.start({
    ...options,
    brokers: [options.brokers],
    connectTimeoutMs: 1_000,
    observe: () => {},
  });
  const error: unknown = await starting.then((producer) => producer.close(), (cause) => cause);
  assert.ok(error instanceof ConnectError, Deno.inspect(error));
  return error;
}

for (const client of ["kafkajs", "platformatic"] as const) {
  for (const [what, open] of PEERS) {
    Deno.test(`MarketDataProducer.start() over ${client} rejects where ${what} is at both addresses, and leaves nothing open`, async () => {
      await using peer = open();
      const brokers = `127.0.0.1:${peer.port}`;
      const registry = `http://127.0.0.1:${peer.port}`;
      const error = await startFailure({ client, brokers, registry });
      assert.deepEqual(error.silent.map(({ server, address }) => [server, address]), [
        ["brokers", brokers],
        ["registry", registry],
      ]);
    });
  }

  Deno.test(`MarketDataProducer.start() over ${client} rejects for a name that is not known`, async () => {
    const error = await startFailure({
      client,
      brokers: "nowhere.invalid:9092",
      registry: "http://nowhere.invalid:8081",
    });
    assert.deepEqual(error.silent.map(({ server }) => server), ["brokers", "registry"]);
    assert.match(error.message, /nowhere\.invalid/);
  });
}

Deno.test("MarketDataProducer.start() releases the data folder when brokers do not answer", async () => {
  const dataDir = await Deno.makeTempDir();
  await using peer = closedPort();
  const options = { dataDir, brokers: [`127.0.0.1:${peer.port}`], registry: "embedded", connectTimeoutMs: 500 };
  await assert.rejects(MarketDataProducer.start({ ...options, observe: () => {} }), ConnectError);
  await (await lockDataDir(dataDir, { command: "test" })).release();
  await Deno.remove(dataDir, { recursive: true });
});
