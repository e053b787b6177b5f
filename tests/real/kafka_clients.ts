/**
 * The client libraries, for tests that run with each of them.
 *
 * @module
 */
import type { KafkaLogOptions } from "../../transport/kafka/options.ts";
import { openKafkajsLog } from "../../transport/kafkajs/log.ts";
import type { Log } from "../../transport/log.ts";
import { openPlatformaticLog } from "../../transport/platformatic/log.ts";

/** Opens the log with one client library. */
export type OpenKafkaLog = (options: KafkaLogOptions) => Promise<Log>;

/** Name of the log, and how to open it. */
export const KAFKA_CLIENTS: readonly (readonly [name: string, open: OpenKafkaLog])[] = [
  ["KafkajsLog", openKafkajsLog],
  ["PlatformaticLog", openPlatformaticLog],
];
