/**
 * A process for the tests: on a disk that is too small it stores dead letters until they are refused, makes room, and
 * continues. Prints what it has done as JSON. Argument: data folder.
 *
 * @module
 */
import { StateDatabase } from "./database.ts";
import { type DeadLetter, DeadLetterStore } from "./dead_letters.ts";

const [dataDir = ""] = Deno.args;
const BATCH = 20;

function letters(after: number): DeadLetter[] {
  return Array.from({ length: BATCH }, (_, at) => ({
    source: "file",
    dataType: "trades" as const,
    row: after + at + 1,
    schemaVersion: null,
    versions: "v2",
    file: "trades.csv",
    line: after + at + 1,
    offset: (after + at) * 500,
    length: 500,
    stage: "receiving" as const,
    rule: "not_a_number",
    reason: "price: it is not a number",
    bytes: new Uint8Array(500).fill((after + at) % 251),
    messageId: null,
    recordedAt: 1_700_000_000_000,
  }));
}

let stored = 0;

/** Stores the next letters; the reason if they were refused. */
function storeNext(store: DeadLetterStore): string | null {
  try {
    store.add(letters(stored));
    stored += BATCH;
    return null;
  } catch (error) {
    return error instanceof Error && "code" in error ? `${error.name} ${String(error.code)}` : String(error);
  }
}

/** Rows with a letter, as a new reader finds them. */
function found(): number[] {
  using database = StateDatabase.openReadOnly(dataDir) ?? undefined;
  if (database === undefined) return [];
  const store = new DeadLetterStore(database);
  const all = store.list({ limit: 1e6 });
  return all.every(({ intact, bytes, row }) => intact && bytes.every((byte) => byte === (row - 1) % 251))
    ? all.map(({ row }) => row)
    : [];
}

const complete = (rows: readonly number[]) => rows.length === stored && rows.every((row, at) => row === at + 1);

let refused: string | null = null;
let again: string | null = null;
let whileFull = false;
let afterwards: string | null = null;
{
  using database = StateDatabase.open(dataDir);
  const store = new DeadLetterStore(database);
  while (refused === null && stored < 1e6) refused = storeNext(store);
  again = storeNext(store);
  whileFull = complete(store.list({ limit: 1e6 }).map(({ row }) => row));
  await Deno.remove(`${dataDir}/ballast`);
  afterwards = storeNext(store);
}
console.log(JSON.stringify({ stored, refused, again, whileFull, afterwards, complete: complete(found()) }));
