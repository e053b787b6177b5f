/**
 * Copies the repository for mutations, which break files.
 *
 * @module
 */
import { join } from "node:path";

/** Folders that tests do not need. */
const SKIPPED = new Set(["node_modules", "coverage"]);

/** Copies a repository without the files of git and tools, so that the copy can be broken. */
export async function copyRepository(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory, isFile } of Deno.readDir(from)) {
    if (name.startsWith(".") || SKIPPED.has(name)) continue;
    if (isDirectory) await copyRepository(join(from, name), join(to, name));
    else if (isFile) await Deno.copyFile(join(from, name), join(to, name));
  }
}
