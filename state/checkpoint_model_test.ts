import fc from "fast-check";
import assert from "node:assert/strict";
import { join } from "node:path";
import { letterAt, sample, STILL } from "./_test_checkpoint.ts";
import { crashCopy, withFolder } from "./_test_folder.ts";
import type { Checkpoint, CheckpointKey } from "./checkpoint.ts";
import { CheckpointError } from "./checkpoint_error.ts";
import { CheckpointStore } from "./checkpoints.ts";
import { StateDatabase } from "./database.ts";
import { DeadLetterStore } from "./dead_letters.ts";

const KEYS: readonly CheckpointKey[] = (["trades:/a", "trades:/b"] as const)
  .flatMap((source) => (["v1", "v2", "both"] as const).map((versions) => ({ source, versions })));

/** The store on a disk that a crash can happen to. */
class Real {
  readonly #folder: string;
  #generation = 0;
  #database: StateDatabase;
  store: CheckpointStore;

  constructor(folder: string) {
    this.#folder = folder;
    this.#database = StateDatabase.open(join(folder, "0"));
    this.store = new CheckpointStore(this.#database, { clock: STILL });
  }

  get letters(): DeadLetterStore {
    return new DeadLetterStore(this.#database);
  }

  reopen(): void {
    this.#database.close();
    this.#open();
  }

  /** Opens what is on the disk at this moment; the process that wrote it is no more. */
  crash(): void {
    const { file } = this.#database;
    this.#generation += 1;
    crashCopy(file, join(this.#folder, String(this.#generation)));
    this.#database.close();
    this.#open();
  }

  close(): void {
    this.#database.close();
  }

  #open(): void {
    this.#database = StateDatabase.open(join(this.#folder, String(this.#generation)), { inspect: true });
    this.store = new CheckpointStore(this.#database, { clock: STILL });
    assert.equal(this.store.rolledBack, false);
  }
}

/** What the store must hold: plain values. */
interface Model {
  readonly checkpoints: Map<string, Checkpoint>;
  /** Rows of dead letters by source. */
  readonly letters: Map<string, Set<number>>;
}

type Step = (model: Model, real: Real) => void;

function nameOf({ source, versions }: CheckpointKey): string {
  return `${source} ${versions}`;
}

function refuses(code: CheckpointError["code"], work: () => unknown): void {
  assert.throws(work, (error) => error instanceof CheckpointError && error.code === code);
}

const beginStep = fc.record({ key: fc.constantFrom(...KEYS), replace: fc.boolean() }).map(
  ({ key, replace }): Step => (model, { store }) => {
    const checkpoint = sample(key);
    const begin = () => store.begin(checkpoint, { replace });
    if (!replace && model.checkpoints.has(nameOf(key))) return refuses("exists", begin);
    begin();
    model.checkpoints.set(nameOf(key), checkpoint);
  },
);

const saveStep = fc.record({
  key: fc.constantFrom(...KEYS),
  rows: fc.integer({ min: -3, max: 20 }),
  letter: fc.boolean(),
  end: fc.boolean(),
}).map(({ key, rows, letter, end }): Step => (model, { store }) => {
  const known = model.checkpoints.get(nameOf(key));
  const row = Math.max(0, (known?.position.row ?? 0) + rows);
  const bad = (known?.counts.dead_lettered ?? 0) + (letter && rows > 0 ? 1 : 0);
  const checkpoint = sample({ ...key, row, bad: Math.min(bad, row) });
  const deadLetters = letter && row > 0 ? [{ ...letterAt(row), source: key.source }] : [];
  const finished = end ? { rows: row, bytes: row * 40, heldBack: null } : null;
  const save = () => store.save({ ...checkpoint, finished }, { deadLetters });
  if (known === undefined) return refuses("not_begun", save);
  if (row < known.position.row) return refuses("went_back", save);
  save();
  model.checkpoints.set(nameOf(key), { ...checkpoint, finished });
  for (const { row } of deadLetters) {
    model.letters.set(key.source, (model.letters.get(key.source) ?? new Set()).add(row));
  }
});

const removeStep = fc.constantFrom(...KEYS).map((key): Step => (model, { store }) => {
  assert.equal(store.remove(key), model.checkpoints.delete(nameOf(key)));
});

const renameStep = fc.record({ key: fc.constantFrom(...KEYS), source: fc.constantFrom("trades:/a", "trades:/b") })
  .map(({ key, source }): Step => (model, { store }) => {
    const known = model.checkpoints.get(nameOf(key));
    if (known === undefined) return refuses("not_begun", () => store.rename(key, source));
    store.rename(key, source);
    model.checkpoints.delete(nameOf(key));
    model.checkpoints.set(nameOf({ ...key, source }), { ...known, source });
  });

const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: beginStep, weight: 3 },
  { arbitrary: saveStep, weight: 8 },
  { arbitrary: removeStep, weight: 1 },
  { arbitrary: renameStep, weight: 1 },
  { arbitrary: fc.constant<Step>((_model, real) => real.reopen()), weight: 1 },
  { arbitrary: fc.constant<Step>((_model, real) => real.crash()), weight: 1 },
);

function assertEqual(model: Model, { store, letters }: Real): void {
  const times = { startedAt: STILL.now(), writtenAt: STILL.now() };
  const stored = store.list().map((entry) => entry.ok ? entry.checkpoint : assert.fail(entry.error.message));
  const expected = [...model.checkpoints].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, known]) => ({
    ...known,
    ...times,
  }));
  assert.deepEqual(stored.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)), expected);
  for (const key of KEYS) {
    const known = model.checkpoints.get(nameOf(key));
    assert.deepEqual(store.load(key), known === undefined ? null : { ...known, ...times });
  }
  for (const source of ["trades:/a", "trades:/b"]) {
    const rows = letters.list({ source, limit: 1_000 }).map(({ row }) => row).toSorted((a, b) => a - b);
    assert.deepEqual(rows, [...model.letters.get(source) ?? []].toSorted((a, b) => a - b));
  }
}

Deno.test("CheckpointStore holds what a plain map would, after any operations, crashes included", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
      await withFolder((folder) => {
        const model: Model = { checkpoints: new Map(), letters: new Map() };
        const real = new Real(folder);
        try {
          for (const apply of steps) {
            apply(model, real);
            assertEqual(model, real);
          }
        } finally {
          real.close();
        }
      });
    }),
    { numRuns: 40 },
  );
});
