/**
 * Reads which rows the records of an embedded log name.
 *
 * @module
 */
import { join } from "node:path";
import { systemClock } from "../../kernel/clock.ts";
import { openEmbeddedLog } from "../../transport/embedded/log.ts";
import { sourceOf } from "../../transport/source_header.ts";

/** The rows that a topic's records name, over all partitions, in order; none if there is no such topic. */
export async function rowsIn(folder: string, topic = "market.equities.trades.asx"): Promise<number[]> {
  const log = openEmbeddedLog({ dataDir: join(folder, ".tickflume"), clock: systemClock, readOnly: true });
  try {
    const rows: number[] = [];
    if (await log.admin.describeTopic(topic) === null) return rows;
    for (const { partition, start, end } of await log.admin.offsets(topic)) {
      for await (const chunk of log.read(topic, partition, { from: start, to: end })) {
        for (const record of chunk) rows.push(sourceOf(record)?.row ?? 0);
      }
    }
    return rows.sort((one, other) => one - other);
  } finally {
    await log.close();
  }
}
