/** Every example runs as it is written, with what it promises in its output. */
import assert from "node:assert/strict";
import { join } from "node:path";

const FOLDER = import.meta.dirname ?? ".";

const PROMISES: Readonly<Record<string, RegExp>> = {
  "convert_versions.ts": /BHP 36\.667 x 20000 AUD[^]*back in v1: 36\.667 x 20000[^]*: lossy|missing/,
  "own_source.ts": /row 2: price "sixty-thousand" is refused[^]*completed[^]*acked: 2,\s+dead_lettered: 1/,
  "produce_batch.ts": /1000 receipts, offsets 0 to 999/,
  "produce_trade.ts": /is in market\.equities\.trades\.asx, partition \d+, offset 0/,
  "read_back.ts": /BHP 45\.67 x 100\n.*BHP 45\.68 x 100/,
  "run_runtime.ts": /market\.equities\.trades\.asx has 30 partitions[^]*completed[^]*lost: 0/,
  "with_test_kit.ts": /2 records, each once/,
};

const examples = [...Deno.readDirSync(FOLDER)].map(({ name }) => name)
  .filter((name) => name.endsWith(".ts") && !name.endsWith("_test.ts")).sort();

Deno.test("every example has a test of what it promises", () => {
  assert.deepEqual(examples, Object.keys(PROMISES).sort());
});

for (const name of examples) {
  Deno.test(`examples/${name} runs and does what it promises`, async () => {
    const dataDir = await Deno.makeTempDir();
    try {
      const args = ["run", "--allow-read", "--allow-write", "--no-prompt", join(FOLDER, name), dataDir];
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, env: { NO_COLOR: "1" } })
        .output();
      assert.equal(code, 0, new TextDecoder().decode(stderr));
      assert.match(new TextDecoder().decode(stdout), PROMISES[name] ?? /^$/);
    } finally {
      await Deno.remove(dataDir, { recursive: true });
    }
  });
}
