/**
 * The command line of the task `load`, with its permissions and V8 flags: so the bench measures what users run.
 *
 * @module
 */
import { join } from "node:path";
import project from "../deno.json" with { type: "json" };

/** The repository. */
export const ROOT = join(import.meta.dirname ?? ".", "..");

/** `load` with arguments; run it in {@link ROOT}. */
export function loadCommand(args: readonly string[]): readonly [program: string, ...args: string[]] {
  const [, ...rest] = project.tasks.load.command.split(" ");
  return [Deno.execPath(), ...rest, ...args];
}

/** Another script with an argument, run with the permissions and V8 flags of `load`. */
export function commandLikeLoad(script: string, argument: string): readonly [program: string, ...args: string[]] {
  const [program, ...rest] = loadCommand([]);
  return [program, ...rest.slice(0, rest.indexOf(LOAD_SCRIPT)), script, argument];
}

const LOAD_SCRIPT = "cli/main.ts";

/** The V8 flags of `load`, for programs that run parts of it alone. */
export function loadV8Flags(): readonly string[] {
  return project.tasks.load.command.split(" ").filter((word) => word.startsWith("--v8-flags="));
}
