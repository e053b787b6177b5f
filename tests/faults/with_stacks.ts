/**
 * Runs a function with its own servers, which end when it is done, when it fails, and when it must stop.
 *
 * @module
 */
import { systemClock } from "../../kernel/clock.ts";
import { exitCodeOfSignal } from "../../cli/shared/exit_codes.ts";
import { createStopSignal, listenToSystem } from "../../cli/shared/stop_signal.ts";
import { endFaultStacks, FaultStacks } from "./fault_stack.ts";
import { endLoads } from "./load_run.ts";

/** Runs it; resolves with its exit code, or with that of the signal that ended it. The caller must end the process then. */
export async function withStacks(run: (stacks: FaultStacks) => Promise<number>): Promise<number> {
  const stop = createStopSignal({
    clock: systemClock,
    listen: listenToSystem,
    say: (line) => console.error(line),
    end: (name) => Deno.exit(exitCodeOfSignal(name)),
  });
  const signal = stop.take(
    "Stopping: loads and servers are ended. Once more ends at once, and the next run ends them.",
  );
  const stopped = new Promise<null>((resolve) => signal.addEventListener("abort", () => resolve(null), { once: true }));
  try {
    await endFaultStacks();
    await using stacks = new FaultStacks();
    const code = await Promise.race([run(stacks), stopped]);
    if (stop.received === null) return code ?? 0;
    endLoads();
    return exitCodeOfSignal(stop.received);
  } finally {
    stop.close();
  }
}
