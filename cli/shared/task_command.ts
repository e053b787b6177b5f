/**
 * How the user starts a task, for command lines to copy.
 *
 * @module
 */

/** `deno task`, or its equivalent if Deno came by npx and is not installed. */
export function taskCommand(execPath: string = Deno.execPath(), version: string = Deno.version.deno): string {
  return /[\\/]_npx[\\/]/.test(execPath) ? `npx -y deno@${version} task` : "deno task";
}
