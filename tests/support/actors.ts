/**
 * Helpers for tests of single actors: one actor under a supervisor, on a manual clock.
 *
 * @module
 */
import { defineSupervisor, startSystem } from "../../kernel/mod.ts";
import { killActor, ManualClock } from "../../kernel/testing.ts";
import type { ActorRef, ActorSpec, ActorSystem } from "../../kernel/types.ts";

/** Maximum wait before a killed actor runs again. */
export const RESTART_MS = 10;

/** An actor that runs alone. Disposing of it stops it in order, and asserts that it left no timer behind. */
export interface LoneActor<Message> extends AsyncDisposable {
  readonly ref: ActorRef<Message>;
  readonly system: ActorSystem;
  readonly clock: ManualClock;
  /** Runs everything that needs no time. */
  idle(): Promise<void>;
  /** Kills the incarnation; the next one runs when this resolves. */
  kill(): Promise<void>;
  /** Kills the incarnation now; the next one runs after {@link RESTART_MS}. */
  killNow(): void;
  /** False once it has ended by itself. */
  readonly alive: boolean;
}

/** Starts an actor alone. */
export async function startAlone<Message, Internal>(
  spec: ActorSpec<Message, Internal>,
  clock: ManualClock = new ManualClock(),
): Promise<LoneActor<Message>> {
  const root = defineSupervisor({
    id: "root",
    budget: { intensity: 1000, periodMs: 60_000 },
    backoff: { minMs: RESTART_MS, maxMs: RESTART_MS, resetAfterMs: 1 },
    children: [],
  });
  const system = await startSystem(root, { clock, random: () => 1 });
  const ref = await root.startChild(spec);
  const killNow = () => killActor(system, `root/${spec.id}`);
  return {
    ref,
    system,
    clock,
    idle: () => clock.runUntilIdle(),
    killNow,
    kill: async () => {
      killNow();
      await clock.advance(RESTART_MS);
    },
    get alive() {
      return system.snapshot().children.some(({ id }) => id === spec.id);
    },
    [Symbol.asyncDispose]: async () => {
      const stopped = system.stop();
      await clock.runUntilIdle();
      if (clock.pending > 0) await clock.advance(120_000);
      await stopped;
      if (clock.pending > 0) throw new Error(`${clock.pending} timers outlived their actor`);
    },
  };
}
