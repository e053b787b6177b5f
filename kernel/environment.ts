/**
 * What the system gives to each of its actors and supervisors.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import type { EventHub } from "./event_hub.ts";
import type { Turn } from "./turn.ts";
import type { Notice } from "./types.ts";

/** What all actors of one system share. */
export interface Environment {
  readonly clock: Clock;
  readonly random: () => number;
  readonly events: EventHub;
  readonly turn: Turn;
  /** The latest notice of each type, oldest first; every new incarnation gets them (K17). */
  readonly notices: Map<string, Notice>;
}
