import assert from "node:assert/strict";
import { createServer, Socket } from "node:net";
import { systemClock } from "../../kernel/clock.ts";
import { kafkajsClient } from "./library.ts";

Deno.test("KafkajsBroker has the system hold back no small request until the one before is acknowledged", async () => {
  const server = createServer((socket) => socket.on("error", () => {}).destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  const { setNoDelay } = Socket.prototype, told: unknown[] = [];
  Socket.prototype.setNoDelay = function (this: Socket, noDelay) {
    told.push(noDelay);
    return setNoDelay.call(this, noDelay);
  };
  try {
    const options = {
      brokers: [],
      clientId: "test",
      requestTimeoutMs: 5_000,
      deliveryTimeoutMs: 5_000,
      connectionTimeoutMs: 5_000,
      clock: systemClock,
    };
    const broker = kafkajsClient.makeBroker({ host: "127.0.0.1", port: address.port }, options);
    await assert.rejects(broker.connect());
    await broker.end(new Error("The test is over"));
  } finally {
    Socket.prototype.setNoDelay = setNoDelay;
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
  assert.deepEqual(told, [true]);
});
