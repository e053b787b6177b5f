/**
 * A disk that is too small, for processes of tests.
 *
 * @module
 */
import assert from "node:assert/strict";
import { withFolder } from "./_test_folder.ts";

/** In namespaces of its own a process may mount a small disk. */
const ON_SMALL_DISK = `
  mount -t tmpfs -o size=3m none "$1" &&
  head -c 1m /dev/zero > "$1/ballast" &&
  exec "$2" run --quiet --no-prompt --allow-read="$1" --allow-write="$1" "$3" "$1"`;

/** True if this machine lets a test mount a disk; says so once if it does not. */
export function mayMountDisk(): boolean {
  const may = tryMount();
  if (!may) console.log("A full disk is not tested: this machine lets no test mount a small one (unshare -rm).");
  return may;
}

function tryMount(): boolean {
  if (Deno.build.os !== "linux") return false;
  try {
    const args = ["-rm", "sh", "-c", "mount -t tmpfs none /mnt"];
    return new Deno.Command("unshare", { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/** Runs a program with a data folder of 3 MB, one of which is a file `ballast` in it. Gives the JSON that it prints. */
export async function onSmallDisk(program: string): Promise<Record<string, unknown>> {
  let result: Record<string, unknown> = {};
  await withFolder(async (folder) => {
    const { stdout, success } = await new Deno.Command("unshare", {
      args: ["-rm", "sh", "-c", ON_SMALL_DISK, "sh", folder, Deno.execPath(), program],
      stdout: "piped",
      stderr: "inherit",
    }).output();
    assert.ok(success);
    result = JSON.parse(new TextDecoder().decode(stdout));
  });
  return result;
}
