import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { connect, createServer, type Server, type Socket } from "node:net";
import { FrameGuard } from "./guard_frames.ts";

const FRAME = Buffer.from("00000005" + "0000000161", "hex");
const CLEAN = { sanitizeOps: true, sanitizeResources: true };

/** Runs with a guarded socket whose peer writes these bytes; resolves with what it was ended for. */
async function ended(bytes: Buffer, guard: FrameGuard, listener: (chunk: Buffer) => void): Promise<unknown> {
  const peers: Socket[] = [];
  const server: Server = createServer((peer) => {
    peers.push(peer);
    peer.on("error", () => {});
    peer.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  const socket = connect({ host: "127.0.0.1", port: address.port });
  socket.on("data", listener);
  socket.once("connect", () => guard.watch(socket));
  let error: unknown = null;
  socket.on("error", (cause) => error = cause);
  await new Promise<void>((resolve) => socket.once("close", () => resolve()));
  for (const peer of peers) peer.destroy();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return error;
}

const newGuard = () => new FrameGuard({ host: "127.0.0.1", port: 9092 });

Deno.test("FrameGuard gives everything to those that listen, once, while frames are frames", CLEAN, async () => {
  const guard = newGuard();
  const seen: Buffer[] = [];
  assert.equal(await ended(Buffer.concat([FRAME, FRAME]), guard, (chunk) => seen.push(chunk)), null);
  assert.deepEqual(Buffer.concat(seen), Buffer.concat([FRAME, FRAME]));
  assert.equal(guard.refusal, null);
});

Deno.test(
  "FrameGuard ends a socket before a listener sees an invalid frame, and names the broker",
  CLEAN,
  async () => {
    const guard = newGuard();
    const error = await ended(Buffer.alloc(100), guard, () => assert.fail("seen"));
    assert.equal(error, guard.refusal);
    assert.equal(guard.refusal?.message, "127.0.0.1:9092 does not speak Kafka: a frame of 0 bytes");
    assert.deepEqual(guard.refusal.meaning, { code: "unreachable", retriable: true, doubtful: true });
  },
);

Deno.test("FrameGuard turns what a listener throws into the end of the socket", CLEAN, async () => {
  const guard = newGuard();
  const thrown = new RangeError("Out of bounds");
  const error = await ended(FRAME, guard, () => {
    throw thrown;
  });
  assert.equal(error, guard.refusal);
  assert.match(guard.refusal?.message ?? "", /127\.0\.0\.1:9092 sent an answer that cannot be read: Out of bounds/);
  assert.equal(guard.refusal?.cause, thrown);
});
