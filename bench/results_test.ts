import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { results, run } from "./_results.ts";
import { readResults, ResultsFileError, resultsFileName, writeResults } from "./results.ts";

async function inTempFile(body: (path: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await body(join(dir, "a folder to be made", "results.json"));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("readResults() gives back what writeResults() wrote", async () => {
  await inTempFile(async (path) => {
    const written = results({ runs: [run(), run({ cpuSeconds: null, latencyMs: null, failure: "a record short" })] });
    await writeResults(path, written);
    assert.deepEqual(await readResults(path), written);
  });
});

Deno.test("readResults() reads older files without growth", async () => {
  await inTempFile(async (path) => {
    const { growth: _growth, ...old } = results();
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, JSON.stringify(old));
    assert.deepEqual(await readResults(path), { ...old, growth: [] });
  });
});

Deno.test("readResults() refuses other files, and says where it stopped", async () => {
  await inTempFile(async (path) => {
    const cases: readonly (readonly [text: string, says: RegExp])[] = [
      ["{", /JSON/],
      ["[]", /expected object/],
      [JSON.stringify({ ...results(), format: 2 }), /format/],
      [JSON.stringify({ ...results(), runs: [{ ...run(), seconds: "1" }] }), /runs\.0\.seconds/],
    ];
    for (const [text, says] of cases) {
      await Deno.mkdir(dirname(path), { recursive: true });
      await Deno.writeTextFile(path, text);
      await assert.rejects(
        readResults(path),
        (error) => error instanceof ResultsFileError && says.test(error.message),
        text,
      );
    }
    await assert.rejects(readResults(`${path}.absent`), ResultsFileError);
  });
});

Deno.test("resultsFileName() contains date and commit", () => {
  assert.equal(resultsFileName(results()), "2026-01-02T0304Z-0123456.json");
  assert.equal(resultsFileName(results({ commit: null })), "2026-01-02T0304Z-no-commit.json");
});
