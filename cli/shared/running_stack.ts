/**
 * Finds the servers of the running local stack, for `--stack`.
 *
 * @module
 */
import { ConfigError } from "../../config/config_error.ts";
import { addressesOf } from "../stack/addresses.ts";
import { cacheDir } from "../stack/cache_dir.ts";
import { DEFAULT_STACK, readState, stackDir } from "../stack/state.ts";
import type { Cli } from "./context.ts";
import { taskCommand } from "./task_command.ts";

/** Where the servers of a stack listen. */
export interface StackServers {
  readonly brokers: readonly string[];
  readonly registry: string;
}

/**
 * The servers of a stack.
 *
 * @param isOpen whether something listens on a port of this machine
 * @throws {ConfigError} If it does not run.
 */
export async function runningStack(
  name: string,
  { cli: { environment }, isOpen = isListenedOn }: {
    readonly cli: Pick<Cli, "environment">;
    readonly isOpen?: (port: number) => Promise<boolean>;
  },
): Promise<StackServers> {
  const dir = stackDir(cacheDir((variable) => environment[variable]), name);
  const state = await readState(dir);
  if (state === null) throw notUp(name, "it was not started, or is down.");
  const open = await Promise.all([...state.brokers.map(({ plain }) => plain), state.registryPort].map(isOpen));
  // One broker of three may be down: the client must find that out.
  if (!open.slice(0, -1).includes(true)) throw notUp(name, "its brokers do not run.");
  if (open.at(-1) === false) throw notUp(name, "its registry does not run.");
  return addressesOf(state, dir);
}

function notUp(name: string, reason: string): ConfigError {
  const named = name === DEFAULT_STACK ? "" : ` --name ${name}`;
  const nextStep = `Start it with ${taskCommand()} stack up${named}.`;
  return new ConfigError([{ key: "--stack", origin: `the local stack "${name}"`, reason, nextStep }]);
}

async function isListenedOn(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}
