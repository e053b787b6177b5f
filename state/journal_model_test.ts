import fc from "fast-check";
import assert from "node:assert/strict";
import { join } from "node:path";
import { entries, numberOf } from "./_test_journal.ts";
import { crashCopy, withFolder } from "./_test_folder.ts";
import { Journal, JOURNAL_FILE } from "./journal.ts";
import { JournalFullError } from "./journal_error.ts";

const MAX_BYTES = 20_000;
const OVERHEAD = 64;

/** What the journal must hold. */
interface Model {
  /** Waiting records: sequence number, number of the entry, and length. */
  records: { readonly sequence: number; readonly number: number; readonly length: number }[];
  next: number;
}

/** The journal on a disk that a crash can happen to. */
class Real {
  readonly #folder: string;
  #generation = 0;
  journal: Journal;

  constructor(folder: string) {
    this.#folder = folder;
    this.journal = Journal.open(this.#dataDir, { maxBytes: MAX_BYTES, whenFull: "refuse" });
  }

  get #dataDir(): string {
    return join(this.#folder, String(this.#generation));
  }

  /** Closes it and opens it again; with `crash` what is on the disk at this moment. */
  async reopen(crash: boolean): Promise<void> {
    const file = join(this.#dataDir, JOURNAL_FILE);
    if (crash) crashCopy(file, join(this.#folder, String(this.#generation + 1)));
    await this.journal.close();
    if (crash) this.#generation += 1;
    this.journal = Journal.open(this.#dataDir, { maxBytes: MAX_BYTES, whenFull: "refuse" });
    assert.equal(this.journal.opened.repaired, null);
  }
}

type Step = (model: Model, real: Real) => Promise<void>;

function bytesOf({ records }: Model): number {
  return records.reduce((sum, { length }) => sum + length + OVERHEAD, 0);
}

/** What an append does to the model: the sequence numbers, or that it is refused. */
function appendTo(model: Model, { count, length }: { count: number; length: number }): number | "refused" {
  if (bytesOf(model) + count * (length + OVERHEAD) > MAX_BYTES) return "refused";
  const first = model.next;
  for (let index = 0; index < count; index++) {
    model.records.push({ sequence: model.next, number: model.next, length });
    model.next += 1;
  }
  return first;
}

const size = fc.record({ count: fc.integer({ min: 1, max: 12 }), length: fc.constantFrom(12, 100, 1_000, 4_090) });

/** Several appends at once, and perhaps a forget among them. */
const concurrentStep = fc.record({
  sizes: fc.array(size, { minLength: 1, maxLength: 4 }),
  forget: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null }),
}).map(({ sizes, forget }): Step => async (model, { journal }) => {
  const upTo = forget === null ? null : Math.floor(forget * (model.next - 1));
  const forgotten = upTo === null ? null : journal.forget(upTo);
  // A forget makes room first, whatever was asked for first.
  if (upTo !== null) model.records = model.records.filter(({ sequence }) => sequence > upTo);
  const expected = sizes.map((size) => appendTo(model, size));
  const appends = sizes.map(({ count, length }, index) => {
    const first = expected[index];
    return journal.append(entries(typeof first === "number" ? first : 1, count, length));
  });
  const outcomes = await Promise.allSettled(appends);
  await forgotten;
  for (const [index, outcome] of outcomes.entries()) {
    const first = expected[index];
    if (outcome.status === "rejected") assert.ok(outcome.reason instanceof JournalFullError && first === "refused");
    else assert.deepEqual(outcome.value, { first, count: sizes[index]?.count });
  }
});

const reopenStep = fc.boolean().map((crash): Step => (_model, real) => real.reopen(crash));

const readStep = fc.record({
  from: fc.double({ min: 0, max: 1, noNaN: true }),
  maxRecords: fc.integer({ min: 1, max: 30 }),
  maxBytes: fc.integer({ min: 1, max: 10_000 }),
}).map(({ from, maxRecords, maxBytes }): Step => (model, { journal }) => {
  const start = Math.floor(from * (model.next + 1));
  const expected: number[] = [];
  let bytes = 0;
  for (const { sequence, length } of model.records) {
    if (sequence < start || expected.length === maxRecords || bytes >= maxBytes) continue;
    expected.push(sequence);
    bytes += length;
  }
  assert.deepEqual(journal.read({ from: start, maxRecords, maxBytes }).map(({ sequence }) => sequence), expected);
  return Promise.resolve();
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: concurrentStep, weight: 6 },
  { arbitrary: readStep, weight: 2 },
  { arbitrary: reopenStep, weight: 1 },
);

function assertEqual(model: Model, { journal }: Real): void {
  const found = journal.read({ from: 0, maxRecords: 1e6, maxBytes: 1e9 });
  const shown = found.map((record) => ({
    sequence: record.sequence,
    number: numberOf(record),
    length: record.bytes.length,
  }));
  assert.deepEqual(shown, model.records);
  assert.deepEqual(journal.state, {
    records: model.records.length,
    bytes: bytesOf(model),
    maxBytes: MAX_BYTES,
    first: model.records[0]?.sequence ?? null,
    next: model.next,
    waiting: 0,
  });
}

Deno.test("Journal holds what a plain list would, whatever is done to it, crashes included", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      await withFolder(async (folder) => {
        const model: Model = { records: [], next: 1 };
        const real = new Real(folder);
        try {
          for (const apply of steps) {
            await apply(model, real);
            assertEqual(model, real);
          }
        } finally {
          await real.journal.close();
        }
      });
    }),
    { numRuns: 40 },
  );
});
