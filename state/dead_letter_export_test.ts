import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { withFolder } from "./_test_folder.ts";
import { StateDatabase } from "./database.ts";
import { DeadLetterExportError } from "./dead_letter_export.ts";
import { type DeadLetter, DeadLetterStore } from "./dead_letters.ts";

const LETTER: DeadLetter = {
  source: "trades:/data/7078.csv",
  dataType: "trades",
  row: 17,
  schemaVersion: "v1",
  versions: "v1",
  file: "7078.csv",
  line: 17,
  offset: 640,
  length: 6,
  stage: "processing",
  rule: "lossy",
  reason: "The price has 7 decimals.",
  bytes: new TextEncoder().encode('\ufeffa,"é\u0000'),
  messageId: "01234567-89ab-8def-8123-456789abcdef",
  recordedAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
};

async function withStore(run: (store: DeadLetterStore, folder: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    using database = StateDatabase.open(folder);
    await run(new DeadLetterStore(database), join(folder, "export", "today"));
  });
}

function linesOf(file: string): unknown[] {
  const text = Deno.readTextFileSync(file);
  assert.ok(text.endsWith("\n"));
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

function namesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}

Deno.test("exportJsonl() writes each letter as one line, bytes exactly", async () => {
  await withStore(async (store, folder) => {
    const binary: DeadLetter = {
      ...LETTER,
      row: 18,
      schemaVersion: null,
      messageId: null,
      bytes: Uint8Array.of(255, 0),
      length: 2,
      header: "timestamp,price",
    };
    store.add([LETTER, binary]);
    const { segments, letters, last } = await store.exportJsonl(folder);
    const file = join(folder, "dead_letters-000000000001.jsonl");
    assert.deepEqual(segments, [{ file, letters: 2, bytes: Deno.statSync(file).size }]);
    assert.deepEqual([letters, last], [2, 2]);
    const [first, second] = linesOf(file);
    assert.deepEqual(first, {
      id: 1,
      recorded_at: "2026-01-02T03:04:05.678Z",
      stage: "processing",
      rule: "lossy",
      reason: "The price has 7 decimals.",
      data_type: "trades",
      schema_version: "v1",
      message_id: "01234567-89ab-8def-8123-456789abcdef",
      source: "trades:/data/7078.csv",
      file: "7078.csv",
      row: 17,
      line: 17,
      offset: 640,
      length: 6,
      header: null,
      origin: null,
      intact: true,
      load_versions: "v1",
      state: "open",
      retired_at: null,
      retired_why: null,
      original_base64: "77u/YSwiw6kA",
      original_text: '\ufeffa,"é\u0000',
    });
    assert.partialDeepStrictEqual(second, {
      id: 2,
      schema_version: null,
      message_id: null,
      original_base64: "/wA=",
      original_text: null,
    });
  });
});

Deno.test("exportJsonl() cuts segments by size, each letter in one of them, in order", async () => {
  await withStore(async (store, folder) => {
    const long = new Uint8Array(3_000).fill(97);
    store.add(Array.from({ length: 230 }, (_, index) => ({
      ...LETTER,
      row: index + 1,
      bytes: index === 57 ? long : LETTER.bytes,
    })));
    const { segments, letters, last } = await store.exportJsonl(folder, { maxBytes: 2_000 });
    assert.deepEqual([letters, last], [230, 230]);
    assert.deepEqual(segments.map(({ file }) => basename(file)), namesIn(folder));
    const ids = segments.map(({ file, letters, bytes }) => {
      const lines = linesOf(file);
      assert.equal(lines.length, letters);
      assert.equal(Deno.statSync(file).size, bytes);
      assert.ok(bytes <= 2_000 || letters === 1, `${letters} letters in ${bytes} bytes`);
      return lines.map((line) => line instanceof Object && "id" in line ? line.id : null);
    });
    assert.deepEqual(ids.flat(), Array.from({ length: 230 }, (_, index) => index + 1));
    assert.ok(segments.some(({ bytes }) => bytes > 2_000), "the long one has a segment of its own");
  });
});

Deno.test("exportJsonl() continues after the last letter of the export before, and overwrites nothing", async () => {
  await withStore(async (store, folder) => {
    assert.deepEqual(await store.exportJsonl(folder), { segments: [], letters: 0, last: 0 });
    store.add([LETTER, { ...LETTER, row: 18, rule: "bad_date" }]);
    const { last } = await store.exportJsonl(folder);
    store.add([{ ...LETTER, row: 19 }, { ...LETTER, row: 20, rule: "bad_date" }]);
    const before = Deno.readFileSync(join(folder, "dead_letters-000000000001.jsonl"));
    await assert.rejects(store.exportJsonl(folder), DeadLetterExportError);
    const next = await store.exportJsonl(folder, { after: last, rule: "bad_date" });
    assert.deepEqual([next.letters, next.last], [1, 4]);
    assert.deepEqual(await store.exportJsonl(folder, { after: 4 }), { segments: [], letters: 0, last: 4 });
    assert.deepEqual(namesIn(folder), ["dead_letters-000000000001.jsonl", "dead_letters-000000000004.jsonl"]);
    assert.deepEqual(Deno.readFileSync(join(folder, "dead_letters-000000000001.jsonl")), before);
  });
});

Deno.test("exportJsonl() leaves no half-written file when it fails", async () => {
  await withStore(async (store, folder) => {
    store.add([LETTER, { ...LETTER, row: 18 }]);
    Deno.mkdirSync(folder, { recursive: true });
    Deno.writeTextFileSync(join(folder, "dead_letters-000000000002.jsonl"), "theirs");
    await assert.rejects(store.exportJsonl(folder, { maxBytes: 1 }), DeadLetterExportError);
    assert.deepEqual(namesIn(folder), ["dead_letters-000000000001.jsonl", "dead_letters-000000000002.jsonl"]);
    Deno.mkdirSync(join(folder, "in the way"));
    await assert.rejects(store.exportJsonl(join(folder, "dead_letters-000000000002.jsonl")));
  });
});
