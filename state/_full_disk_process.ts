/**
 * A process for the tests: on a disk that is too small it appends until it is refused, makes room, and goes on. Prints what it
 * has done as JSON. Argument: data folder.
 *
 * @module
 */
import { entries, entry, numberOf } from "./_test_journal.ts";
import { Journal } from "./journal.ts";

const [dataDir = ""] = Deno.args;

async function refusal(work: Promise<unknown>): Promise<string | null> {
  try {
    await work;
    return null;
  } catch (error) {
    return error instanceof Error && "code" in error ? `${error.name} ${String(error.code)}` : String(error);
  }
}

await using journal = Journal.open(dataDir);
let accepted = 0;
let refused: string | null = null;
while (refused === null && accepted < 1e6) {
  refused = await refusal(journal.append(entries(accepted + 1, 10, 1_000)));
  if (refused === null) accepted += 10;
}
const again = await refusal(journal.append(entries(accepted + 1, 10, 1_000)));
const kept = journal.read({ from: 0, maxRecords: 1e6, maxBytes: 1e9 }).map(numberOf);
await Deno.remove(`${dataDir}/ballast`);
const afterwards = await refusal(journal.append([entry(accepted + 1)]));
await journal.close();

await using reopened = Journal.open(dataDir);
const { records, repaired } = reopened.opened;
const intact = kept.length === accepted && kept.every((number, index) => number === index + 1);
console.log(JSON.stringify({ accepted, refused, again, afterwards, intact, records, repaired }));
