/**
 * The log port on real Kafka, through @platformatic/kafka.
 *
 * @module
 */
import { KafkaLog } from "../kafka/log.ts";
import type { KafkaLogOptions } from "../kafka/options.ts";
import type { Log } from "../log.ts";
import { platformaticClient } from "./library.ts";

/**
 * Opens the log on real Kafka. It does not connect before the first call, so brokers may come up later.
 *
 * @throws {LogError} `invalid_request` for an invalid broker address
 */
export function openPlatformaticLog(options: KafkaLogOptions): Promise<Log> {
  return Promise.resolve().then(() => new KafkaLog(platformaticClient, options));
}
