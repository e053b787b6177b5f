/**
 * A process for the tests: continues a load for ever, with a dead letter each fifth row, and prints the row of each
 * checkpoint once it is stored. Argument: data folder.
 *
 * @module
 */
import { KEY, letterAt, sample } from "./_test_checkpoint.ts";
import { CheckpointStore } from "./checkpoints.ts";
import { StateDatabase } from "./database.ts";

const [dataDir = ""] = Deno.args;
const store = new CheckpointStore(StateDatabase.open(dataDir));
let { position: { row } } = store.load(KEY) ?? store.begin(sample());
for (;;) {
  row += 5;
  store.save(sample({ row, bad: row / 5 }), { deadLetters: [letterAt(row)] });
  Deno.stdout.writeSync(new TextEncoder().encode(`${row}\n`));
}
