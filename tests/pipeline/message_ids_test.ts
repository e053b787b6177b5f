/**
 * Message ids over whole files: the generated sample, and real ticks if they are available.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { systemClock } from "../../kernel/clock.ts";
import type { RecordKind } from "../../schemas/record_types.ts";
import { generateSample } from "../../cli/sample_data.ts";
import { CompanyTable } from "../../sources/formats/company_table.ts";
import { openFileSource } from "../../sources/files/file_source.ts";
import type { RowSource, SourcePosition } from "../../sources/source.ts";
// tests/parity/make_ids.py made them. Ids are stable forever: this table only gets new files.
import exampleIds from "../parity/example_ids.json" with { type: "json" };

const ROOT = join(import.meta.dirname ?? "", "../..");
const EXAMPLES = join(ROOT, "examples", "data");
/** Real ticks, which are not part of the project. */
const REAL = join(ROOT, "..", "shared", "data", "asx");
const SYMBOLS = new CompanyTable(
  "companies",
  new Map([["1001", "TFA"], ["1002", "TFB"], ["7078", "BHP"], ["3153", "MWR"]]),
);

function openTicks(path: string): RowSource {
  const kind: RecordKind = path.includes("trades") ? "trade" : "quote";
  return openFileSource({
    path,
    format: "asx-ticks",
    kind,
    exchange: "ASX",
    assetClass: "equities",
    reference: SYMBOLS,
    currency: "AUD",
    timeZone: "Australia/Sydney",
    clock: systemClock,
  });
}

/** The ids of a source's rows, all of which must be good, and the position after each batch. */
async function readIds(
  source: RowSource,
  { from, batchRows = 1000, limit = Infinity }: { from?: SourcePosition; batchRows?: number; limit?: number } = {},
): Promise<{ ids: string[]; positions: SourcePosition[] }> {
  const reader = await source.open(from);
  const ids: string[] = [], positions: SourcePosition[] = [];
  for (let batch = await reader.next(batchRows); batch !== null; batch = await reader.next(batchRows)) {
    for (const row of batch.rows) {
      if (!row.ok) assert.fail(row.reason);
      ids.push(row.messageId);
    }
    positions.push(batch.next);
    if (ids.length >= limit) break;
  }
  await reader.close();
  return { ids, positions };
}

/** Asserts that resuming at a position gives the same ids as reading from the start; compares the next rows one by one. */
async function assertResumes(source: RowSource, position: SourcePosition, ids: readonly string[]): Promise<void> {
  const from: SourcePosition = JSON.parse(JSON.stringify(position));
  const { ids: rest } = await readIds(source, { from, batchRows: 50, limit: 50 });
  assert.deepEqual(rest, ids.slice(from.row, from.row + rest.length), `from row ${from.row} on`);
}

for (const [name, expected] of Object.entries(exampleIds)) {
  Deno.test(`the rows of examples/data/${name} keep their ids forever`, async () => {
    assert.deepEqual((await readIds(openTicks(join(EXAMPLES, name)))).ids, expected);
  });
}

for (const kind of ["trades", "quotes"] as const) {
  Deno.test(`generated ${kind} have distinct ids, the same from every position on`, async () => {
    const dir = await Deno.makeTempDir();
    try {
      const sample = await generateSample({ seed: 5, dir, rows: 3_000, symbols: 1, kinds: [kind] });
      const source = openTicks(sample[kind][0]?.path ?? "");
      const { ids, positions } = await readIds(source, { batchRows: 1 });
      assert.equal(new Set(ids).size, 3_000);
      await fc.assert(
        fc.asyncProperty(fc.nat(positions.length - 1), async (at) => {
          await assertResumes(source, positions[at] ?? assert.fail(), ids);
        }),
        { numRuns: 200 },
      );
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });

  Deno.test(`generated ${kind} keep their ids under another name, with LF, with every column in quotes`, async () => {
    const dir = await Deno.makeTempDir();
    try {
      const sample = await generateSample({ seed: 6, dir, rows: 1_000, symbols: 1, kinds: [kind] });
      const path = sample[kind][0]?.path ?? "";
      const { ids } = await readIds(openTicks(path));
      const text = await Deno.readTextFile(path);
      await Deno.mkdir(join(dir, "copies", kind), { recursive: true });
      const copy = join(dir, "copies", kind, "1001.txt");
      for (
        const variant of [
          text.replaceAll("\r\n", "\n"),
          `\ufeff${text}\r\n`,
          text.replaceAll(/[^,\r\n]+/g, (column) => `"${column}"`),
        ]
      ) {
        await Deno.writeTextFile(copy, variant);
        assert.deepEqual((await readIds(openTicks(copy))).ids, ids);
      }
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });
}

/** Digests of all ids of a file; tests/parity/make_ids.py made them. */
const REAL_FILES = [
  ["trades/7078.csv", 91_631, "497f47e01886a0a9a015316a2aeca5ca95fc4ce17393aaf429e06eeffa766395"],
  ["trades/3153.csv", 11, "c6fb01d831cd8833ef2c23c435540fd0f2e5e83725d333a18c4a2b1daececa83"],
  ["quotes/7078.csv", 77_849, "b9b2fe39d83b28f65af96d9b6ae0c180a668946abaebd49dceb653fd5903aea6"],
  ["quotes/3153.csv", 60, "56711f8e8aef7f0c87a60b58587dc2af11e51db5daf4095d9d265c61c4472587"],
] as const;

const withoutReal = !existsSync(REAL);
if (withoutReal) console.warn(`The tests on real ticks are skipped: there is no folder ${REAL}.`);

for (const [name, count, digest] of REAL_FILES) {
  Deno.test({
    name: `the rows of the real ${name} have distinct ids, the same forever`,
    ignore: withoutReal,
    async fn() {
      const { ids } = await readIds(openTicks(join(REAL, name)));
      assert.equal(ids.length, count);
      assert.equal(new Set(ids).size, count);
      assert.equal(createHash("sha256").update(ids.join("\n")).digest("hex"), digest);
    },
  });
}

/** The rows after which a lost open instant would show: an equal row came before, and another one follows. */
function rowsBetweenEqualRows(lines: readonly string[]): number[] {
  const rows = new Set<number>(), last = new Map<string, number>();
  for (const [index, line] of lines.entries()) {
    for (let row = last.get(line) ?? index; row < index; row++) rows.add(row + 1);
    last.set(line, index);
  }
  return [...rows].toSorted((a, b) => a - b);
}

Deno.test({
  name: "the real trades keep their ids from positions between equal rows of an instant",
  ignore: withoutReal,
  async fn() {
    const path = join(REAL, "trades/7078.csv");
    const rows = rowsBetweenEqualRows((await Deno.readTextFile(path)).trimEnd().split("\r\n"));
    assert.equal(rows.length, 7_793);
    const source = openTicks(path);
    const { ids, positions } = await readIds(source, { batchRows: 1 });
    for (let at = 0; at < rows.length; at += 20) {
      await assertResumes(source, positions[(rows[at] ?? 0) - 1] ?? assert.fail(), ids);
    }
  },
});
