/**
 * Every scenario, in the order of docs/reliability.md.
 *
 * @module
 */
import type { Scenario } from "./scenario.ts";
import { BROKER_SCENARIOS } from "./scenarios/brokers.ts";
import { CLOCK_SCENARIOS } from "./scenarios/clocks.ts";
import { FILE_SCENARIOS } from "./scenarios/files.ts";
import { FOLLOWED_SCENARIOS } from "./scenarios/followed.ts";
import { LINK_SCENARIOS } from "./scenarios/links.ts";
import { PROCESS_SCENARIOS } from "./scenarios/process.ts";
import { REGISTRY_SCENARIOS } from "./scenarios/registry.ts";
import { REPEATED_ROW_SCENARIOS } from "./scenarios/repeated_rows.ts";
import { REPLICA_SCENARIOS } from "./scenarios/replicas.ts";
import { SHARD_SCENARIOS } from "./scenarios/shards.ts";
import { TOPIC_SCENARIOS } from "./scenarios/topics.ts";

export const SCENARIOS: readonly Scenario[] = [
  ...BROKER_SCENARIOS,
  ...REPLICA_SCENARIOS,
  ...LINK_SCENARIOS,
  ...TOPIC_SCENARIOS,
  ...REGISTRY_SCENARIOS,
  ...PROCESS_SCENARIOS,
  ...SHARD_SCENARIOS,
  ...FILE_SCENARIOS,
  ...FOLLOWED_SCENARIOS,
  ...REPEATED_ROW_SCENARIOS,
  ...CLOCK_SCENARIOS,
];
