import assert from "node:assert/strict";
import { join } from "node:path";
import { throughCommands } from "./rewrite_command.ts";

const COMMANDS: readonly (readonly [path: string, command: string])[] = [
  ["ticks.csv", "tr a b < ticks.csv > NEW.csv"],
  ["it's/ticks.csv", String.raw`tr a b < 'it'\''s/ticks.csv' > NEW.csv`],
  ["ticks.csv.gz", "gzip -dc ticks.csv.gz | tr a b | gzip > NEW.csv.gz"],
  ["ticks.csv.zst", "zstd -dc ticks.csv.zst | tr a b | zstd > NEW.csv.zst"],
  ["NEW.csv", "tr a b < NEW.csv > NEW2.csv"],
  ["/data/new.CSV", "tr a b < /data/new.CSV > NEW2.csv"],
  ["NEW2.csv", "tr a b < NEW2.csv > NEW3.csv"],
  ["NEW10.csv.gz", "gzip -dc NEW10.csv.gz | tr a b | gzip > NEW11.csv.gz"],
  ["NEW.day.csv", "tr a b < NEW.day.csv > NEW.csv"],
  ["-", "… | tr a b | deno task load - …"],
];

for (const [path, command] of COMMANDS) {
  Deno.test(`throughCommands rewrites ${path} into another file`, () => {
    assert.equal(throughCommands(["tr a b"], { path, to: "csv" }), command);
  });
}

Deno.test("throughCommands without a command copies, and puts the text for the beginning first", () => {
  const ahead = "echo a";
  assert.equal(throughCommands([], { path: "a", to: "csv", ahead }), "{ echo a; cat < a; } > NEW.csv");
  const zipped = "{ echo a; gzip -dc a.gz; } | gzip > NEW.csv.gz";
  assert.equal(throughCommands([], { path: "a.gz", to: "csv", ahead }), zipped);
  assert.equal(throughCommands([], { path: "-", to: "csv", ahead }), "… | { echo a; cat; } | deno task load - …");
});

Deno.test("throughCommands does not empty a file through another name of it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "NEW.csv"), "a\n");
    const path = join(folder, "ticks.csv");
    await Deno.symlink(join(folder, "NEW.csv"), path);
    const command = throughCommands(["cat"], { path, to: "csv" }) ?? "";
    assert.ok((await new Deno.Command("sh", { args: ["-c", command], cwd: folder }).output()).success);
    assert.equal(await Deno.readTextFile(join(folder, "NEW2.csv")), "a\n", command);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
