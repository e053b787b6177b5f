/**
 * A process for the embedded log's tests. It writes sends of 100 records for ever, and prints the end offset after each
 * acknowledgement. Arguments: data folder, topic.
 *
 * @module
 */
import { systemClock } from "../../kernel/clock.ts";
import { openEmbeddedLog } from "./log.ts";

const [dataDir = "", topic = ""] = Deno.args;
const log = openEmbeddedLog({ dataDir, clock: systemClock });
await log.admin.createTopic({ name: topic, partitions: 1 });
const producer = await log.createProducer();
for (let next = 0;; next += 100) {
  const records = Array.from({ length: 100 }, (_, at) => (
    { key: null, value: new TextEncoder().encode(String(next + at)), timestamp: systemClock.now() }
  ));
  const outcome = await producer.send(topic, 0, records);
  if (outcome.type !== "stored") throw outcome.error;
  Deno.stdout.writeSync(new TextEncoder().encode(`${outcome.baseOffset + 100n}\n`));
}
