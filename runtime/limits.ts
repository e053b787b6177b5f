/**
 * Waits, budgets and limits of the tree. They are no settings: each follows from another, or from what it waits for.
 *
 * @module
 */
import type { BackoffPolicy } from "../kernel/backoff.ts";
import type { RestartBudget } from "../kernel/types.ts";

/** Before an actor starts again. */
export const BACKOFF: BackoffPolicy = { minMs: 50, maxMs: 5_000, resetAfterMs: 10_000 };
/** So many failures in a row, without any work done between them, take about ten seconds of backoff. */
export const INTENSITY = 10;
/** A disk that is full is often freed within half a minute. */
export const STORE_INTENSITY = 20;
/** Longer than all the backoffs and time limits of a series of failures. */
export const PERIOD_MS = 30 * 60_000;
/** A group gives up when an actor that every source needs has; starting it again would mend nothing. */
export const ROOT_BUDGET: RestartBudget = { intensity: 0, periodMs: PERIOD_MS };
/** Between two attempts of an actor to reach a server. */
export const RETRY = { minMs: 100, maxMs: 5_000 };
/** How long the end of a partition has to stand still before it is believed. */
export const SETTLE_MS = 200;
/** When a send that has no answer is reported. */
export const STALL_MS = 10_000;
/** When a source without progress is reported: after {@link STALL_MS}, so that the more specific warning comes first. */
export const PROGRESS_MS = 30_000;
/** How often a topic is asked for new partitions. */
export const TOPIC_REFRESH_MS = 60_000;
/** How long what is under way may take to settle when an actor stops. */
export const DRAIN_MS = 30_000;
