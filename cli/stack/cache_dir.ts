/**
 * Chooses the folder for downloads and for the data of local stacks.
 *
 * @module
 */
import { isAbsolute, join } from "node:path";
import { StackError } from "./stack_error.ts";

/**
 * Folder for downloads and for the data of local stacks: `$TICKFLUME_CACHE`, else `$XDG_CACHE_HOME/tickflume`, else
 * `~/.cache/tickflume`. Never inside the repository.
 */
export function cacheDir(env: (name: string) => string | undefined = (name) => Deno.env.get(name)): string {
  const own = env("TICKFLUME_CACHE");
  if (own) return isAbsolute(own) ? own : join(env("INIT_CWD") ?? Deno.cwd(), own);
  const xdg = env("XDG_CACHE_HOME");
  // The XDG specification says to ignore a relative path.
  if (xdg && isAbsolute(xdg)) return join(xdg, "tickflume");
  const home = env("HOME") ?? env("USERPROFILE");
  if (home) return join(home, ".cache", "tickflume");
  throw new StackError("There is no place for downloads: set TICKFLUME_CACHE to a folder.");
}
