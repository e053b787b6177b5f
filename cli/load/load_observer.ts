/**
 * Reports the events of a load to the user, except those that the command itself reports at its end.
 *
 * @module
 */
import type { Observer, RuntimeEvent } from "../../telemetry/events.ts";
import type { CommonOptions } from "../shared/options.ts";
import type { Session } from "../shared/session.ts";
import type { Shard } from "./shard.ts";

/** Observes one load. */
export class LoadObserver {
  readonly #session: Pick<Session, "observer" | "say">;
  readonly #hasSeveral: boolean;
  readonly #isText: boolean;
  readonly #shard: Shard | null;
  readonly #completed = new Map<string, number>();
  /** Whether letters of earlier loads were retired. */
  hasRetired = false;

  constructor(
    session: Pick<Session, "observer" | "say">,
    { sources, shard = null, logFormat }: {
      readonly sources: readonly unknown[];
      readonly shard?: Shard | null;
    } & Pick<CommonOptions, "logFormat">,
  ) {
    this.#shard = shard;
    this.#session = session;
    this.#hasSeveral = sources.length > 1;
    this.#isText = logFormat === "text";
  }

  readonly observe: Observer = (event: RuntimeEvent) => {
    if (event.type === "dead_letters_retired") this.hasRetired = true;
    if (event.type === "source_completed") this.#completed.set(event.source, event.rows);
    // The other shards are such loads.
    if (event.type === "loads_unknown" && this.#shard !== null && this.#isText) return this.#sayUnknown(event.topic);
    if (event.type !== "source_stopped" || !this.#isText) return this.#session.observer(event);
    // The command fails with the cause of this event and reports it last.
    if (this.#hasSeveral) this.#session.say(`${event.source}: stopped; the end of the output says why.`);
  };

  #sayUnknown(topic: string): void {
    this.#session.say(
      `topic ${topic} holds records of loads that this shard's folder does not know, as those of other shards. If these ` +
        "files were loaded with another data folder, stop and use that folder, or --only-missing.",
    );
  }

  /** Sources that were read to their end, but had no row for this run. */
  get withoutRows(): readonly string[] {
    return [...this.#completed].filter(([, rows]) => rows === 0).map(([source]) => source);
  }
}
