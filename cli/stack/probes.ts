/**
 * Asks whether a server is up, in its own protocol, because an open port says little.
 *
 * @module
 */
import { systemClock } from "../../kernel/clock.ts";
import { REGISTRY_PATH } from "./versions.ts";

/** A Kafka Metadata request, version 1, for no topics: the answer lists the brokers. */
function metadataRequest(): Uint8Array {
  const request = new DataView(new ArrayBuffer(4 + 2 + 2 + 4 + 2 + 4));
  request.setInt32(0, request.byteLength - 4);
  request.setInt16(4, 3); // api key: Metadata
  request.setInt16(6, 1); // version
  request.setInt32(8, 1); // correlation id
  request.setInt16(12, -1); // no client id
  request.setInt32(14, 0); // no topics
  return new Uint8Array(request.buffer);
}

/** How many brokers the broker on this loopback port knows of; 0 if it does not answer. */
export async function brokersKnownBy(port: number): Promise<number> {
  try {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    using _deadline = deadline(2_000, () => connection.close());
    await connection.write(metadataRequest());
    const answer = new Uint8Array(12);
    let filled = 0;
    while (filled < answer.length) {
      const read = await connection.read(answer.subarray(filled));
      if (read === null) return 0;
      filled += read;
    }
    return new DataView(answer.buffer).getInt32(8); // after size and correlation id: the number of brokers
  } catch {
    return 0;
  }
}

function deadline(delayMs: number, onPassed: () => void): Disposable {
  const timer = systemClock.schedule(delayMs, onPassed);
  return { [Symbol.dispose]: () => timer.cancel() };
}

/** True if the registry on this loopback port lists its subjects. */
export async function registryAnswers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${REGISTRY_PATH}/subjects`, {
      signal: AbortSignal.timeout(2_000),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
