/**
 * The log's contract suite: what every adapter promises. Each adapter's tests run it in its own environment.
 *
 * @module
 */
import type { LogContractCase } from "./log_env.ts";
import { failureCases } from "./log_failures.ts";
import { leaderCases } from "./log_leaders.ts";
import { readCases } from "./log_reads.ts";
import { sendCases } from "./log_sends.ts";
import { topicCases } from "./log_topics.ts";

/** All cases, in no particular order; each stands alone. */
export const logContractCases: readonly LogContractCase[] = [
  ...topicCases,
  ...sendCases,
  ...readCases,
  ...leaderCases,
  ...failureCases,
];
