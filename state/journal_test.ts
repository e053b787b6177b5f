import assert from "node:assert/strict";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { entries, entry, numberOf, numbers } from "./_test_journal.ts";
import { STILL } from "./_test_checkpoint.ts";
import { withFolder } from "./_test_folder.ts";
import { Journal, JOURNAL_FILE, type JournalOptions } from "./journal.ts";
import { JournalClosedError, type JournalFullCode, JournalFullError } from "./journal_error.ts";
import { SqliteFile } from "./sqlite_file.ts";
import { StateFileError } from "./state_file_error.ts";

/** What an entry of 40 bytes counts. */
const COST = 104;

async function withJournal(run: (journal: Journal, folder: string) => Promise<void>, options: JournalOptions = {}) {
  await withFolder(async (folder) => {
    await using journal = Journal.open(folder, { clock: STILL, ...options });
    await run(journal, folder);
  });
}

function isFull(code: JournalFullCode): (error: unknown) => boolean {
  return (error) =>
    error instanceof JournalFullError && error.code === code && /The journal is full: .+\./.test(error.message);
}

/** True while a promise has not settled, once the event loop has had turns enough for everything to happen by itself. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.then(() => settled = true, () => settled = true);
  for (let turn = 0; turn < 10; turn++) await setImmediate();
  return !settled;
}

Deno.test("Journal gives back what was appended, numbered in order, also after it was opened again", async () => {
  await withFolder(async (folder) => {
    const first = { ...entry(1), bytes: Uint8Array.of(0, 255, 10) };
    const second = {
      kind: "reference_data",
      assetClass: "crypto",
      exchange: "KRAKEN",
      bytes: new Uint8Array(0),
    } as const;
    const expected = [
      { ...first, sequence: 1, receivedAt: STILL.now() },
      { ...second, sequence: 2, receivedAt: STILL.now() },
    ];
    let id: string;
    {
      await using journal = Journal.open(folder, { clock: STILL });
      id = journal.opened.id;
      assert.deepEqual(journal.opened, { id, records: 0, bytes: 0, repaired: null });
      assert.deepEqual(await journal.append([first, second]), { first: 1, count: 2 });
      assert.deepEqual(journal.read({ from: 0 }), expected);
    }
    await using journal = Journal.open(folder, { clock: STILL });
    assert.deepEqual(journal.opened, { id, records: 2, bytes: 64 + 3 + 64, repaired: null });
    assert.deepEqual(journal.read({ from: 1 }), expected);
    assert.deepEqual(await journal.append([entry(3)]), { first: 3, count: 1 });
  });
});

Deno.test("Journal.append() is on disk when it resolves, and not before", async () => {
  await withJournal(async (journal, folder) => {
    const appended = journal.append(entries(1, 3));
    assert.deepEqual(journal.read({ from: 1 }), []);
    await appended;
    using other = new SqliteFile(join(folder, JOURNAL_FILE), {
      applicationId: 0x74666c4a,
      migrations: ["", ""].slice(1),
    });
    assert.equal(other.prepare("SELECT count(*) AS records FROM records").get()?.records, 3);
    assert.equal(other.prepare("PRAGMA journal_mode").get()?.journal_mode, "wal");
  });
});

Deno.test("Journal.append() commits what concurrent callers want together, in the order of the calls", async () => {
  await withJournal(async (journal) => {
    const ranges = await Promise.all(numbers(0, 99).map((call) => journal.append(entries(call * 3, 3))));
    assert.deepEqual(ranges, numbers(0, 99).map((call) => ({ first: call * 3 + 1, count: 3 })));
    assert.deepEqual(journal.read({ from: 1 }).map(numberOf), numbers(0, 299));
    assert.deepEqual(await journal.append([]), { first: 301, count: 0 });
  });
});

Deno.test("Journal.read() goes on from any number, by records and by bytes", async () => {
  await withJournal(async (journal) => {
    await journal.append(entries(1, 30, 100));
    assert.deepEqual(journal.read({ from: 28 }).map(numberOf), [28, 29, 30]);
    assert.deepEqual(journal.read({ from: 5, maxRecords: 2 }).map(numberOf), [5, 6]);
    assert.deepEqual(journal.read({ from: 5, maxBytes: 250 }).map(numberOf), [5, 6, 7]);
    assert.deepEqual(journal.read({ from: 5, maxBytes: 1 }).map(numberOf), [5], "one at least");
    assert.deepEqual(journal.read({ from: 31 }), []);
  });
});

Deno.test("Journal.follow() gives what is there, waits for what comes, and ends when told to", async () => {
  await withJournal(async (journal) => {
    await journal.append(entries(1, 3));
    const stop = new AbortController();
    const found: number[] = [];
    const followed = (async () => {
      for await (const chunk of journal.follow({ from: 2, maxRecords: 2, signal: stop.signal })) {
        found.push(...chunk.map(numberOf));
        if (found.at(-1) === 7) stop.abort();
      }
    })();
    await journal.append(entries(4, 1));
    await journal.forget(2);
    await journal.append(entries(5, 3));
    await followed;
    assert.deepEqual(found, [2, 3, 4, 5, 6, 7]);
    const waiting = journal.follow({ from: 8, signal: stop.signal }).next();
    assert.deepEqual(await waiting, { done: true, value: undefined });
    const untilClosed = journal.follow({ from: 8 }).next();
    await journal.close();
    assert.deepEqual(await untilClosed, { done: true, value: undefined });
  });
});

Deno.test("Journal.forget() forgets what is before, for ever, and gives no number twice", async () => {
  await withFolder(async (folder) => {
    {
      await using journal = Journal.open(folder);
      await journal.append(entries(1, 10));
      await journal.forget(4);
      assert.deepEqual(journal.read({ from: 0 }).map(numberOf), numbers(5, 10));
      assert.partialDeepStrictEqual(journal.state, { records: 6, bytes: 6 * COST, first: 5, next: 11, waiting: 0 });
      await journal.forget(10);
      await journal.forget(10);
      await journal.forget(0);
      assert.partialDeepStrictEqual(journal.state, { records: 0, bytes: 0, first: null, next: 11 });
    }
    await using journal = Journal.open(folder);
    assert.deepEqual(journal.read({ from: 0 }), []);
    assert.deepEqual(await journal.append([entry(11)]), { first: 11, count: 1 });
    for (const upTo of [12, 1e9, -1, 1.5, NaN]) await assert.rejects(journal.forget(upTo), RangeError);
  });
});

Deno.test("Journal.forget() of very much takes several commits, and resolves after the last one", async () => {
  await withJournal(async (journal) => {
    for (let batch = 0; batch < 5; batch++) await journal.append(entries(batch * 5_000 + 1, 5_000, 12));
    const [early, all] = [journal.forget(3), journal.forget(24_999)];
    await early;
    await all;
    assert.deepEqual(journal.read({ from: 0 }).map(numberOf), [25_000]);
    assert.partialDeepStrictEqual(journal.state, { records: 1, bytes: 76 });
  });
});

Deno.test("Journal.append() waits for room in order, large before small, and goes on when there is some", async () => {
  await withJournal(async (journal) => {
    await journal.append(entries(1, 8));
    const settled: string[] = [];
    const large = journal.append(entries(9, 5)).then(() => settled.push("large"));
    const small = journal.append(entries(14, 1)).then(() => settled.push("small"));
    assert.ok(await isPending(Promise.race([large, small])));
    assert.equal(journal.state.waiting, 2);
    await journal.forget(2);
    assert.ok(await isPending(Promise.race([large, small])), "there is room for the small one only");
    await journal.forget(4);
    await Promise.all([large, small]);
    assert.deepEqual(settled, ["large", "small"]);
    assert.deepEqual(journal.read({ from: 0 }).map(numberOf), numbers(5, 14));
    assert.partialDeepStrictEqual(journal.state, { bytes: 10 * COST, maxBytes: 10 * COST, waiting: 0 });
  }, { maxBytes: 10 * COST });
});

Deno.test("Journal.append() gives up waiting when told to, and lets those behind it go on", async () => {
  await withJournal(async (journal) => {
    await journal.append(entries(1, 8));
    const stop = new AbortController();
    const large = journal.append(entries(100, 5), { signal: stop.signal });
    const small = journal.append(entries(9, 2));
    assert.ok(await isPending(small));
    stop.abort(new Error("gone"));
    await assert.rejects(large, /gone/);
    await small;
    await assert.rejects(journal.append([entry(1)], { signal: stop.signal }), /gone/);
    assert.deepEqual(journal.read({ from: 0 }).map(numberOf), numbers(1, 10));
    stop.abort();
  }, { maxBytes: 10 * COST });
});

Deno.test("Journal.append() refuses what there is no room for, and takes what there is room for", async () => {
  await withJournal(async (journal) => {
    await journal.append(entries(1, 8));
    const [large, small, none] = [
      journal.append(entries(100, 3)),
      journal.append(entries(9, 2)),
      journal.append([entry(101)]),
    ];
    await assert.rejects(large, isFull("bound"));
    await assert.rejects(none, isFull("bound"));
    await small;
    await Promise.all([journal.forget(5), journal.append(entries(11, 5))]);
    assert.deepEqual(journal.read({ from: 0 }).map(numberOf), numbers(6, 15));
    const [forgotten, refused] = [journal.forget(7), journal.append(entries(100, 3))];
    await forgotten;
    await assert.rejects(refused, isFull("bound"));
  }, { maxBytes: 10 * COST, whenFull: "refuse" });
});

Deno.test("Journal.append() is not refused while the room for it is being made", async () => {
  await withJournal(async (journal) => {
    for (let batch = 0; batch < 5; batch++) await journal.append(entries(batch * 5_000 + 1, 5_000, 12));
    const [forgotten, appended] = [journal.forget(24_999), journal.append(entries(25_001, 15_000, 12))];
    await Promise.all([forgotten, appended]);
    assert.deepEqual(journal.read({ from: 0, maxRecords: 3 }).map(numberOf), [25_000, 25_001, 25_002]);
  }, { maxBytes: 25_000 * 76, whenFull: "refuse" });
});

Deno.test("Journal.append() refuses at once what can never fit, and too many who wait", async () => {
  await withJournal(async (journal) => {
    await assert.rejects(journal.append(entries(1, 11)), isFull("too_large"));
    await journal.append(entries(1, 10));
    const waiting = [journal.append([entry(11)]), journal.append([entry(12)])];
    await assert.rejects(journal.append([entry(13)]), isFull("too_many_waiting"));
    await journal.forget(5);
    await Promise.all(waiting);
    await journal.append([entry(13)]);
    assert.deepEqual(journal.read({ from: 0 }).map(numberOf), numbers(6, 13));
  }, { maxBytes: 10 * COST, maxWaiting: 2 });
});

Deno.test("Journal uses its room again: ten times its bound flows through a file of bounded size", async () => {
  const maxBytes = 2 * 1024 * 1024;
  // Around the limits of a page, where SQLite wastes most.
  const lengths = [40, 700, 2_050, 4_060, 4_200, 9_000];
  const total = 126 * 50;
  await withJournal(async (journal, folder) => {
    const consumed = (async () => {
      let read = 0;
      for await (const chunk of journal.follow({ from: 1, maxRecords: 300 })) {
        for (const record of chunk) assert.equal(numberOf(record), ++read);
        await journal.forget(chunk.at(-1)?.sequence ?? 0);
        if (read === total) return;
      }
    })();
    let [flown, largest] = [0, 0];
    for (let appended = 0; appended < total; appended += 50) {
      const length = lengths[appended / 50 % lengths.length] ?? 0;
      await journal.append(entries(appended + 1, 50, length));
      flown += 50 * length;
      assert.ok(journal.state.bytes <= maxBytes);
      const { size } = await Deno.stat(join(folder, JOURNAL_FILE));
      const wal = await Deno.stat(join(folder, `${JOURNAL_FILE}-wal`));
      largest = Math.max(largest, size + wal.size);
    }
    await consumed;
    assert.ok(flown > 10 * maxBytes);
    assert.equal(journal.state.records, 0);
    assert.ok(largest < 2 * maxBytes + 9 * 1024 * 1024, `${largest} bytes of files for a bound of ${maxBytes}`);
  }, { maxBytes });
});

Deno.test("Journal refuses clearly when the file cannot grow, keeps what it has, and goes on when there is room", async () => {
  await withFolder(async (folder) => {
    const maxFileBytes = 60 * 4_096;
    {
      await using journal = Journal.open(folder, { maxBytes: 1e9, maxFileBytes });
      let accepted = 0;
      for (;; accepted += 10) {
        try {
          await journal.append(entries(accepted + 1, 10, 1_000));
        } catch (error) {
          assert.ok(isFull("disk")(error), String(error));
          assert.match(String(error), /Make room on the disk/);
          break;
        }
      }
      assert.ok(accepted >= 100 && accepted % 10 === 0);
      assert.equal(journal.state.records, accepted);
      const both = [journal.append([entry(1, 200_000)]), journal.append([entry(2, 200_000)])];
      for (const append of both) await assert.rejects(append, isFull("disk"));
      const [forgotten, refused] = [journal.forget(20), journal.append([entry(1, 200_000)])];
      await assert.rejects(refused, isFull("disk"));
      await forgotten;
      await journal.append(entries(accepted + 1, 10, 1_000));
      assert.deepEqual(journal.read({ from: 0 }).map(numberOf), numbers(21, accepted + 10));
    }
    await using journal = Journal.open(folder);
    assert.equal(journal.opened.repaired, null);
    assert.equal(journal.read({ from: 0 }).length, journal.opened.records);
  });
});

Deno.test("Journal.close() commits what there is room for, rejects the rest, and takes nothing more", async () => {
  await withFolder(async (folder) => {
    const journal = Journal.open(folder, { maxBytes: 10 * COST });
    const [fits, waits] = [journal.append(entries(1, 8)), journal.append(entries(9, 8))];
    const results = Promise.allSettled([fits, waits]);
    await Promise.all([journal.close(), journal.close()]);
    const [fitted, waited] = await results;
    assert.equal(fitted.status, "fulfilled");
    assert.ok(waited.status === "rejected" && waited.reason instanceof JournalClosedError);
    await assert.rejects(journal.append([entry(1)]), JournalClosedError);
    await assert.rejects(journal.forget(1), JournalClosedError);
    assert.throws(() => journal.read({ from: 1 }), JournalClosedError);
    await using again = Journal.open(folder);
    assert.deepEqual(again.read({ from: 1 }).map(numberOf), numbers(1, 8));
  });
});

Deno.test("Journal.open() goes on after a number that somebody remembers", async () => {
  await withFolder(async (folder) => {
    {
      await using journal = Journal.open(folder, { after: 41 });
      assert.deepEqual(await journal.append([entry(1)]), { first: 42, count: 1 });
    }
    await using journal = Journal.open(folder, { after: 7 });
    assert.equal(journal.state.next, 43);
  });
});

Deno.test("Journal notices a second one that writes to its file", async () => {
  await withFolder(async (folder) => {
    await using one = Journal.open(folder);
    await using other = Journal.open(folder);
    await one.append([entry(1)]);
    await assert.rejects(other.append([entry(2)]), /Another journal writes to/);
    assert.deepEqual(one.read({ from: 0 }).map(numberOf), [1]);
  });
});

Deno.test("Journal.open() refuses another program's file, and leaves it as it is", async () => {
  await withFolder((folder) => {
    const file = join(folder, JOURNAL_FILE);
    Deno.writeTextFileSync(file, "no journal\n".repeat(1_000));
    assert.throws(
      () => Journal.open(folder),
      (error) => error instanceof StateFileError && error.code === "foreign_file",
    );
    assert.equal(Deno.readTextFileSync(file), "no journal\n".repeat(1_000));
  });
});
