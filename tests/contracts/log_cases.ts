/**
 * The log's contract suite: the promises of every adapter. Each adapter's tests run it in their own environment.
 *
 * @module
 */
import type { LogContractCase } from "./log_env.ts";
import { failureCases } from "./log_failures.ts";
import { leaderCases } from "./log_leaders.ts";
import { readCases } from "./log_reads.ts";
import { sendCases } from "./log_sends.ts";
import { topicCases } from "./log_topics.ts";

/** All cases, in any order; each is independent. */
export const logContractCases: readonly LogContractCase[] = [
  ...topicCases,
  ...sendCases,
  ...readCases,
  ...leaderCases,
  ...failureCases,
];
