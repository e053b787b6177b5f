import fc from "fast-check";
import assert from "node:assert/strict";
import { join } from "node:path";
import { entries, entry, numberOf, numbers } from "./_test_journal.ts";
import { crashCopy, exists, flipBit, withFolder } from "./_test_folder.ts";
import { Journal, JOURNAL_FILE, type JournalRepair } from "./journal.ts";
import { StateFileError } from "./state_file_error.ts";

const RECORDS = 600;

/** A journal with numbered records: number and sequence number are the same. */
async function write(folder: string, { crash }: { readonly crash: boolean }): Promise<string> {
  const live = join(folder, "live");
  const journal = Journal.open(live);
  for (let from = 1; from <= RECORDS; from += 50) await journal.append(entries(from, 50, 200));
  const file = join(live, JOURNAL_FILE);
  if (!crash) {
    await journal.close();
    return file;
  }
  const copy = crashCopy(file, join(folder, "crashed"));
  await journal.close();
  return copy;
}

interface Found {
  readonly numbers: readonly number[];
  readonly repaired: JournalRepair | null;
  readonly next: number;
}

/** Opens a damaged copy, and tries that it works and stays as it is. */
async function openCopy(file: string, folder: string, damage: (file: string) => void): Promise<Found> {
  const copy = crashCopy(file, folder);
  damage(copy);
  try {
    let found: Found;
    {
      await using journal = Journal.open(folder);
      const records = journal.read({ from: 0, maxRecords: 1e9, maxBytes: 1e9 });
      for (const record of records) assert.equal(numberOf(record), record.sequence);
      found = { numbers: records.map(numberOf), repaired: journal.opened.repaired, next: journal.state.next };
      assert.equal(journal.opened.records, records.length);
      assert.deepEqual(await journal.append([entry(7)]), { first: found.next, count: 1 });
    }
    await using again = Journal.open(folder);
    assert.equal(again.opened.repaired, null, "repaired once");
    assert.equal(again.opened.records, found.numbers.length + 1);
    return found;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** What a repair may do: whatever is gone is counted, or said to be not known, and no number is given twice. */
function assertHonest({ numbers: kept, repaired, next }: Found, what: string): void {
  const lost = RECORDS - kept.length;
  if (repaired === null || repaired.cause === "unfinished_commit") {
    return assert.equal(lost, 0, `${what}: ${lost} lost in silence`);
  }
  assert.ok(
    repaired.lostRecords === null || repaired.lostRecords === lost,
    `${what}: ${repaired.message}, ${lost} lost`,
  );
  assert.ok(next > RECORDS + 1, what);
  assert.match(repaired.message, /^[^ ].*\.$/);
}

Deno.test("Journal.open() cuts off a torn tail, says so, and has lost nothing", async () => {
  await withFolder(async (folder) => {
    const file = await write(folder, { crash: true });
    const frame = Deno.readFileSync(`${file}-wal`).subarray(32, 32 + 24);
    const { numbers: kept, repaired, next } = await openCopy(file, join(folder, "copy"), (copy) => {
      const wal = Deno.readFileSync(`${copy}-wal`);
      // The header of the last frame once more, as a process leaves it that is killed within a write.
      frame.set(wal.subarray(8, 8), 0);
      Deno.writeFileSync(`${copy}-wal`, wal.slice(-24 - 4_096, -4_096), { append: true });
    });
    assert.deepEqual(kept, numbers(1, RECORDS));
    assert.equal(next, RECORDS + 1);
    assert.equal(repaired?.cause, "unfinished_commit");
    assert.equal(repaired.lostRecords, 0);
    assert.match(repaired.message, /24 bytes of a commit that was not finished were cut off/);
  });
});

Deno.test("Journal.open() says that accepted records are gone when the log was cut, and gives no number twice", async () => {
  await withFolder(async (folder) => {
    const file = await write(folder, { crash: true });
    const { size } = Deno.statSync(`${file}-wal`);
    const counts = new Set<number>();
    for (let length = size - 1; length > 32; length -= 9_999) {
      const found = await openCopy(file, join(folder, "copy"), (copy) => Deno.truncateSync(`${copy}-wal`, length));
      assertHonest(found, `${length} bytes`);
      assert.deepEqual(found.numbers, numbers(1, found.numbers.length));
      counts.add(found.numbers.length);
    }
    assert.ok(counts.size > 5, "cut at different commits");
    const none = await openCopy(file, join(folder, "copy"), (copy) => Deno.removeSync(`${copy}-wal`));
    assert.equal(none.repaired?.cause, "lost_commits");
  });
});

Deno.test("Journal.open() keeps what can be read of a file that was cut, and the damaged file", async () => {
  await withFolder(async (folder) => {
    const file = await write(folder, { crash: false });
    const { size } = Deno.statSync(file);
    for (let length = size - 4_096; length > 0; length -= 20_000) {
      const found = await openCopy(file, join(folder, "copy"), (copy) => Deno.truncateSync(copy, length));
      assertHonest(found, `${length} bytes`);
      assert.equal(found.repaired?.cause, "damaged_file");
    }
    const copy = crashCopy(file, join(folder, "kept"));
    Deno.truncateSync(copy, size - 40_000);
    const before = Deno.readFileSync(copy);
    await using journal = Journal.open(join(folder, "kept"));
    const { repaired, records } = journal.opened;
    assert.equal(repaired?.movedTo, join(folder, "kept", "journal.damaged-1.sqlite"));
    assert.deepEqual(Deno.readFileSync(repaired.movedTo ?? ""), before);
    assert.ok(records > RECORDS / 2, `${records} of ${RECORDS} could be read`);
    assert.match(
      repaired.message,
      new RegExp(`${records} records could be read .*\\. ${RECORDS - records} are missing`),
    );
  });
});

Deno.test("Journal.open() takes good records on both sides of a damaged page, and never a changed one", async () => {
  await withFolder(async (folder) => {
    const file = await write(folder, { crash: false });
    const middle = Math.floor(Deno.statSync(file).size / 2 / 4_096) * 4_096;
    const page = await openCopy(file, join(folder, "copy"), (copy) => {
      using handle = Deno.openSync(copy, { write: true });
      handle.seekSync(middle, Deno.SeekMode.Start);
      handle.writeSync(new Uint8Array(4_096).fill(0xee));
    });
    assertHonest(page, "page");
    assert.ok(page.numbers.length > RECORDS - 40 && page.numbers.length < RECORDS);
    assert.ok(page.numbers.includes(1) && page.numbers.includes(RECORDS));
    const bit = await openCopy(file, join(folder, "copy"), (copy) => flipBit(copy, { byte: middle + 2_000, bit: 1 }));
    assert.equal(bit.repaired?.lostRecords, 1);
    assert.equal(bit.numbers.length, RECORDS - 1);
  });
});

Deno.test("Journal.open() loses nothing in silence at any changed bit of file or log", async () => {
  await withFolder(async (folder) => {
    const closed = await write(join(folder, "a"), { crash: false });
    const crashed = await write(join(folder, "b"), { crash: true });
    const files = [[closed, ""], [crashed, "-wal"]] as const;
    const check = async (file: string, suffix: string, { byte, bit }: { byte: number; bit: number }) => {
      const what = `bit ${bit} of byte ${byte}${suffix}`;
      try {
        assertHonest(
          await openCopy(file, join(folder, "copy"), (copy) => flipBit(`${copy}${suffix}`, { byte, bit })),
          what,
        );
      } catch (error) {
        if (!(error instanceof StateFileError)) throw error;
        // The header says whose file it is.
        assert.ok(suffix === "" && byte < 100, `${what}: ${error.message}`);
        assert.ok(["foreign_file", "newer_format", "inaccessible"].includes(error.code), error.message);
      }
    };
    for (let byte = 0; byte < 100; byte += 3) await check(closed, "", { byte, bit: byte % 8 });
    for (const [file, suffix] of files) {
      const { size } = Deno.statSync(`${file}${suffix}`);
      await fc.assert(
        fc.asyncProperty(fc.nat(size - 1), fc.nat(7), (byte, bit) => check(file, suffix, { byte, bit })),
        { numRuns: 60 },
      );
    }
  });
});

Deno.test("Journal.open() finishes a repair that was interrupted, at each of its steps", async () => {
  await withFolder(async (folder) => {
    const good = await write(folder, { crash: false });
    const open = async (name: string, prepare: (file: string) => void) => {
      const file = crashCopy(good, join(folder, name));
      prepare(file);
      await using journal = Journal.open(join(folder, name));
      return journal.opened;
    };
    const unnamed = await open("before the name", (file) => Deno.renameSync(file, `${file}.new`));
    assert.deepEqual([unnamed.records, unnamed.repaired], [RECORDS, null]);
    const leftLog = await open("with a log of the damaged one", (file) => {
      Deno.renameSync(file, `${file}.new`);
      Deno.writeTextFileSync(`${file}-wal`, "of another file");
    });
    assert.deepEqual([leftLog.records, leftLog.repaired], [RECORDS, null]);
    const half = await open("before the end of the copy", (file) => {
      Deno.writeTextFileSync(`${file}.new`, "half a file");
      Deno.writeTextFileSync(`${file}.new-wal`, "half a log");
    });
    assert.deepEqual([half.records, half.repaired], [RECORDS, null]);
    assert.ok(!exists(join(folder, "before the end of the copy", `${JOURNAL_FILE}.new`)));
  });
});
