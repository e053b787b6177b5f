import assert from "node:assert/strict";
import { settingsFrom } from "./load_settings.ts";
import { shareWindow } from "./share_window.ts";

const { pipeline } = settingsFrom({
  pipeline: { windowRows: 10_000, batchRows: 1_000, totalWindowRows: 20_000 },
}, { cwd: "/" });

Deno.test("shareWindow() leaves a file its own window as long as all of them fit", () => {
  for (const files of [0, 1, 2]) assert.equal(shareWindow(pipeline, files), pipeline);
});

Deno.test("shareWindow() gives many files windows that together are no larger than the load's", () => {
  for (const files of [3, 4, 7, 40]) {
    const { windowRows } = shareWindow(pipeline, files);
    assert.ok(
      windowRows * files <= 20_000 && (windowRows + 1) * files > 20_000,
      `${files} files of ${windowRows} rows`,
    );
  }
});

Deno.test("shareWindow() leaves each file enough for batches that are worth their while, if all together have as much", () => {
  for (const files of [41, 256]) assert.equal(shareWindow(pipeline, files).windowRows, 500);
  assert.equal(shareWindow({ ...pipeline, totalWindowRows: 300 }, 40).windowRows, 300);
});

Deno.test("shareWindow() makes batches small enough for several to be under way, and never larger than they were", () => {
  assert.equal(shareWindow(pipeline, 4).batchRows, 1_000);
  assert.equal(shareWindow(pipeline, 40).batchRows, 125);
  const { windowRows, batchRows } = shareWindow({ ...pipeline, totalWindowRows: 1 }, 40);
  assert.deepEqual([windowRows, batchRows], [1, 1], "a file has at least one row");
});
