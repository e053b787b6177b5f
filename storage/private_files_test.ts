import assert from "node:assert/strict";
import { join } from "node:path";
import { makePrivateFile, makePrivateFolder, narrowFiles } from "./private_files.ts";

const modeOf = (path: string) => ((Deno.statSync(path).mode ?? 0) & 0o777).toString(8);
const ignore = Deno.build.os === "windows";

async function inFolder(body: (folder: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "makePrivateFolder() and makePrivateFile() give only the owner rights, under any umask",
  ignore,
  async fn() {
    for (const mask of [0, 0o022]) {
      const before = Deno.umask(mask);
      try {
        await inFolder((folder) => {
          const inner = join(folder, "a", "b");
          makePrivateFolder(inner);
          makePrivateFile(join(inner, "f"));
          assert.deepEqual([modeOf(inner), modeOf(join(inner, "f"))], ["700", "600"]);
        });
      } finally {
        Deno.umask(before);
      }
    }
  },
});

Deno.test({
  name: "makePrivateFolder() and makePrivateFile() leave what is there as it is",
  ignore,
  fn: () =>
    inFolder((folder) => {
      const file = join(folder, "f");
      Deno.chmodSync(folder, 0o755);
      Deno.writeTextFileSync(file, "content", { mode: 0o640 });
      makePrivateFolder(folder);
      makePrivateFile(file);
      assert.deepEqual([modeOf(folder), Deno.readTextFileSync(file)], ["755", "content"]);
    }),
});

Deno.test({
  name: "narrowFiles() takes the rights of others from the files named, and from no others, once",
  ignore,
  fn: () =>
    inFolder((folder) => {
      for (const name of ["state.sqlite", "state.sqlite-wal", "notes.txt"]) {
        Deno.writeTextFileSync(join(folder, name), "");
        Deno.chmodSync(join(folder, name), 0o644);
      }
      Deno.mkdirSync(join(folder, "state.folder"));
      Deno.chmodSync(join(folder, "state.folder"), 0o755);
      assert.deepEqual(narrowFiles(folder, ["state."]), ["state.sqlite", "state.sqlite-wal"]);
      assert.deepEqual(narrowFiles(folder, ["state."]), []);
      assert.deepEqual(
        ["state.sqlite", "state.sqlite-wal", "notes.txt", "state.folder"].map((name) => modeOf(join(folder, name))),
        ["600", "600", "644", "755"],
      );
    }),
});
