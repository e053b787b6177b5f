import assert from "node:assert/strict";
import { compactionProblem, compactionSteps, isCompacted, mustKeepAll } from "./compacted_topics.ts";
import { settingsFrom } from "./load_settings.ts";

Deno.test("isCompacted() knows compact among other policies, and nothing else", () => {
  for (const policy of ["compact", "compact,delete", "delete, compact"]) {
    assert.equal(isCompacted({ "cleanup.policy": policy }), true, policy);
  }
  for (const config of [{}, { "cleanup.policy": "delete" }, { "cleanup.policy": "" }]) {
    assert.equal(isCompacted(config), false);
  }
});

Deno.test("mustKeepAll() is true of trades and quotes, unless the settings allow compaction", () => {
  const refusing = settingsFrom({}, { cwd: "/" });
  const allowing = settingsFrom({ topics: { compacted: "allow" } }, { cwd: "/" });
  const types = ["trades", "quotes", "reference_data"] as const;
  assert.deepEqual(types.map((type) => mustKeepAll(type, refusing)), [true, true, false]);
  assert.deepEqual(types.map((type) => mustKeepAll(type, allowing)), [false, false, false]);
});

Deno.test("a compacted topic is told with its policy and both ways out", () => {
  assert.match(
    compactionProblem("t", { "cleanup.policy": "compact,delete" }),
    /"t" has cleanup\.policy compact,delete/,
  );
  assert.match(compactionSteps("t"), /kafka-configs .*--entity-name t .*cleanup\.policy=delete.* topics\.compacted/);
});
