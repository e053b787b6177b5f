/**
 * The state file of a stack: a later command finds the stack's processes, ports and data by it.
 *
 * @module
 */
import { join } from "node:path";
import type { BrokerPorts } from "./broker_config.ts";
import type { StackProcess } from "./processes.ts";
import { StackError } from "./stack_error.ts";

/** The state of a stack between commands; kept as JSON in the stack's folder. */
export interface StackState {
  /** Version of this file's form. */
  readonly format: 1;
  readonly name: string;
  readonly clusterId: string;
  readonly secure: boolean;
  /** Whether Java should start fast rather than run fast. @default false */
  readonly shortLived?: boolean;
  /** True if the data outlive the processes. */
  readonly keep: boolean;
  readonly brokers: readonly BrokerPorts[];
  readonly registryPort: number;
  /** Processes that this stack has started; some may have ended since. */
  readonly processes: readonly StackProcess[];
}

/** The stack that commands use if the user names none. */
export const DEFAULT_STACK = "default";

/** Whether a stack may have this name. */
export function isStackName(name: string): boolean {
  return /^[a-z0-9][a-z0-9_-]{0,39}$/.test(name);
}

/** Folder of a stack: state, data and logs. */
export function stackDir(cache: string, name: string): string {
  if (!isStackName(name)) {
    throw new StackError(
      `"${name}" is not a stack's name: use up to 40 lower-case letters, digits, "-" and "_", a letter or digit first.`,
    );
  }
  return join(cache, "stacks", name);
}

/** The state of a stack, `null` if there is none. */
export async function readState(dir: string): Promise<StackState | null> {
  let text: string;
  try {
    text = await Deno.readTextFile(join(dir, "state.json"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  try {
    const state: unknown = JSON.parse(text);
    if (isState(state)) return state;
  } catch {
    // Falls through to the one message for a file of another form.
  }
  throw new StackError(`The file ${join(dir, "state.json")} is damaged. End the stack's processes and remove ${dir}.`);
}

function isState(value: unknown): value is StackState {
  return typeof value === "object" && value !== null && "format" in value && value.format === 1 &&
    "processes" in value && Array.isArray(value.processes) && "brokers" in value && Array.isArray(value.brokers);
}

/** Writes the state so that a reader sees the old or the new one, never a part. */
export async function writeState(dir: string, state: StackState): Promise<void> {
  await Deno.mkdir(dir, { recursive: true });
  const path = join(dir, "state.json");
  await Deno.writeTextFile(`${path}.new`, `${JSON.stringify(state, null, 2)}\n`);
  await Deno.rename(`${path}.new`, path);
}
