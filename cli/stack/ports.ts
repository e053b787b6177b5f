/**
 * Finds free ports for the servers of a stack.
 *
 * @module
 */
import { StackError } from "./stack_error.ts";

// Below the range that systems use for outgoing connections (Linux: from 32768): a broker that is killed and restarted
// must find its port free, and the system must not give that port to a client that connects meanwhile.
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** True if no process listens on this loopback port. */
export function portIsFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}

/** Different loopback ports that are free now. */
export function freePorts(count: number): number[] {
  const found = new Set<number>();
  for (let attempt = 0; attempt < 1_000 && found.size < count; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (!found.has(port) && portIsFree(port)) found.add(port);
  }
  if (found.size < count) throw new StackError(`There are not ${count} free loopback ports.`);
  return [...found];
}
