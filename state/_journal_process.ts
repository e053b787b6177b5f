/**
 * A process for the tests: appends batches of different sizes for ever, forgets all but the last thousand records, and prints
 * `appended N` and `forgotten N` once it is so. Argument: data folder.
 *
 * @module
 */
import { entries } from "./_test_journal.ts";
import { Journal } from "./journal.ts";

const [dataDir = ""] = Deno.args;
const journal = Journal.open(dataDir);
const print = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));

for (;;) {
  const { next } = journal.state;
  const count = 1 + next * 7 % 60;
  // Two callers, who share a commit; the number of a record is its sequence number.
  await Promise.all([
    journal.append(entries(next, count, 12 + next % 5_000)),
    journal.append(entries(next + count, 1)),
  ]);
  print(`appended ${journal.state.next - 1}`);
  if (journal.state.records < 1_500) continue;
  await journal.forget(journal.state.next - 1_001);
  print(`forgotten ${journal.state.next - 1_001}`);
}
