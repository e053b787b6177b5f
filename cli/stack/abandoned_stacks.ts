/**
 * Cleans up after killed test runs: ends their stacks.
 *
 * @module
 */
import { type StackHandle, stackNames, stackRemove } from "./local_stack.ts";
import { processExists } from "./processes.ts";

/**
 * Ends the stacks of runs that were killed: a run names its stack `PREFIX-PID` after its own process id.
 */
export async function endAbandonedStacks({ cache, say }: Omit<StackHandle, "name">, prefix: string): Promise<void> {
  for (const name of await stackNames(cache)) {
    const owner = name.startsWith(`${prefix}-`) ? /^\d+$/.exec(name.slice(prefix.length + 1))?.[0] : undefined;
    if (owner !== undefined && !await processExists(Number(owner))) await stackRemove({ cache, name, say });
  }
}
