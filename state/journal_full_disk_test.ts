import assert from "node:assert/strict";
import { withFolder } from "./_test_folder.ts";

const PROGRAM = import.meta.resolve("./_full_disk_process.ts");
/** In namespaces of its own a process may mount a small disk. */
const ON_SMALL_DISK = `
  mount -t tmpfs -o size=3m none "$1" &&
  head -c 1m /dev/zero > "$1/ballast" &&
  exec "$2" run --quiet --no-prompt --allow-read="$1" --allow-write="$1" "$3" "$1"`;

/** True if this machine lets a test mount a disk. */
function mayMount(): boolean {
  if (Deno.build.os !== "linux") return false;
  try {
    const args = ["-rm", "sh", "-c", "mount -t tmpfs none /mnt"];
    return new Deno.Command("unshare", { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

const ignore = !mayMount();
if (ignore) console.log("A full disk is not tested: this machine lets no test mount a small one (unshare -rm).");

Deno.test(
  { name: "Journal refuses clearly on a full disk, loses nothing, and goes on when there is room", ignore },
  async () => {
    await withFolder(async (folder) => {
      const { stdout, success } = await new Deno.Command("unshare", {
        args: ["-rm", "sh", "-c", ON_SMALL_DISK, "sh", folder, Deno.execPath(), PROGRAM],
        stdout: "piped",
        stderr: "inherit",
      }).output();
      assert.ok(success);
      const { accepted, ...result } = JSON.parse(new TextDecoder().decode(stdout));
      assert.ok(accepted >= 100, `${accepted} accepted`);
      assert.deepEqual(result, {
        refused: "JournalFullError disk",
        again: "JournalFullError disk",
        afterwards: null,
        intact: true,
        records: accepted + 1,
        repaired: null,
      });
    });
  },
);
