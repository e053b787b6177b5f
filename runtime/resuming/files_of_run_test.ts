import assert from "node:assert/strict";
import { NOTHING_MARKED } from "../../records/content/content_chain.ts";
import { START_OF_FILE } from "../../records/content/file_position.ts";
import type { ExaminedFile, RowSource } from "../../sources/source.ts";
import { FilesOfRun } from "./files_of_run.ts";

/** Files that each begin with a row of their own, named by its hash; counts how often one is looked at, and how often opened. */
function filesOf(count: number) {
  const asked = { looks: 0, opened: 0 };
  const unasked = () => Promise.reject(new Error("It is not compared with anything"));
  const files = Array.from({ length: count }, (_, at): RowSource => {
    const first = `row ${at}`;
    const examined: ExaminedFile = {
      stamp: { size: 1, modifiedAt: 1, changedAt: 1, device: 1, inode: at, takenAt: 2 },
      hasLists: false,
      start: () => {
        const content = { ...NOTHING_MARKED, samples: { ...NOTHING_MARKED.samples, first } };
        return Promise.resolve({ row: 0, at: { ...START_OF_FILE.at, content } });
      },
      beginsAs: unasked,
      isRelated: unasked,
      linesAfter: unasked,
      rowsAmong: unasked,
      isPart: unasked,
      compare: unasked,
      close: () => {},
    };
    return {
      get id() {
        asked.looks++;
        return first;
      },
      name: first,
      kind: "trade",
      exchange: "ASX",
      assetClass: "equities",
      bytes: null,
      resumable: true,
      open: unasked,
      file: {
        path: first,
        flags: {},
        takesLastLine: false,
        examine: () => {
          asked.opened++;
          return Promise.resolve(examined);
        },
      },
    };
  });
  return { files, asked };
}

Deno.test("FilesOfRun.hasHead knows the first row of each file, and looks no further than to it", async () => {
  const { files, asked } = filesOf(5);
  const run = new FilesOfRun({ files, checkpointOf: () => null });
  assert.equal(await run.hasHead({ firstRow: "row 1" }), true);
  assert.equal(asked.opened, 2);
  assert.equal(await run.hasHead({ firstRow: "row 0" }), true);
  assert.equal(await run.hasHead({ firstRow: "row 5" }), false);
  assert.equal(await run.hasHead({ firstRow: null }), false);
  assert.equal(await run.hasHead({ firstRow: "row 4" }), true);
  assert.equal(asked.opened, 5);
});

Deno.test("FilesOfRun.hasHead looks at each of thousands of files once, however often it is asked", async () => {
  const { files, asked } = filesOf(2_000);
  const run = new FilesOfRun({ files, checkpointOf: () => null });
  for (let at = 0; at < 2_000; at++) assert.equal(await run.hasHead({ firstRow: `row ${at}` }), true);
  for (let at = 0; at < 2_000; at++) assert.equal(await run.hasHead({ firstRow: `another ${at}` }), false);
  assert.ok(asked.looks < 20_000, `${asked.looks} looks`);
});
