/**
 * Topics in which Kafka keeps only the newest record of each key. That is right for reference data; of trades and
 * quotes, whose key is the symbol, Kafka would delete nearly all.
 *
 * @module
 */
import type { DataType } from "../schemas/record_types.ts";
import type { Settings } from "./settings.ts";

/** True if the settings demand that every record of this type stays in its topic. */
export function mustKeepAll(dataType: DataType, { topics }: Pick<Settings, "topics">): boolean {
  return dataType !== "reference_data" && topics.compacted === "refuse";
}

/** True if the known configuration says that the topic is compacted; also if Kafka deletes its old records as well. */
export function isCompacted(config: Readonly<Record<string, string>>): boolean {
  return config["cleanup.policy"]?.split(",").some((policy) => policy.trim() === "compact") ?? false;
}

/** What is wrong with a compacted topic, as a sentence. */
export function compactionProblem(topic: string, config: Readonly<Record<string, string>>): string {
  return `Topic "${topic}" has cleanup.policy ${
    config["cleanup.policy"]
  }: Kafka deletes all but the newest record of each ` +
    "symbol in it";
}

/** Both ways out. */
export function compactionSteps(topic: string): string {
  return `Let it keep all: kafka-configs --bootstrap-server HOST:PORT --alter --entity-type topics --entity-name ${topic} ` +
    '--add-config cleanup.policy=delete. Or set topics.compacted to "allow" if only the newest is wanted.';
}
