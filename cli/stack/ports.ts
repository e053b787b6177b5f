import { StackError } from "./stack_error.ts";

// Below the range that systems hand out to outgoing connections (Linux: from 32768): a broker that is killed and
// started again must find its port free, and a client that connects meanwhile must not be given it as its own.
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** True if nobody listens on this loopback port. */
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
