/**
 * The rows that everybody reads: made by the project's generator, once for each size and seed, and kept outside the
 * repository.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { generateSample, type SampleFile } from "../scripts/sample_data.ts";
import { withFileLock } from "../scripts/stack/file_lock.ts";
import { sha256 } from "./digest.ts";
import { FILES } from "./workloads.ts";

/** What to make. */
export interface InputOptions {
  /** Folder for what is kept between runs. */
  readonly cache: string;
  /** Rows of each workload, in all its files together: a multiple of {@link FILES}. */
  readonly rows: number;
  /** Another seed gives other rows. */
  readonly seed: number;
  readonly say: (line: string) => void;
}

/** Tick files, and the table that has the symbols of the companies they are named by. */
export interface BenchInput {
  /** {@link FILES} files of as many symbols. */
  readonly trades: readonly string[];
  readonly quotes: readonly string[];
  /** One file with all the rows of one symbol. */
  readonly single: readonly string[];
  readonly reference: string;
}

/** A share that is traded all the time has about so many trades a day. */
const ROWS_PER_DAY = 18_000;

/** Written last: a folder without it is half done and is made again. */
const MARKER = ".complete";

/** Makes the input, or finds it. Safe to call twice at once. */
export async function ensureInput({ cache, rows, seed, say }: InputOptions): Promise<BenchInput> {
  // Part of the name, so that another generator never goes with old rows.
  const generator = await sha256(await Deno.readFile(join(import.meta.dirname ?? ".", "../scripts/sample_data.ts")));
  const dir = resolve(cache, "bench", `input-${rows}-seed-${seed}-${generator.slice(0, 12)}`);
  return await withFileLock(`${dir}.lock`, async () => {
    const marker = join(dir, MARKER);
    if (await exists(marker)) return JSON.parse(await Deno.readTextFile(marker));
    say(`Making ${rows} trades and ${rows} quotes in ${dir}, once …`);
    const input = await makeInput(dir, { rows, seed });
    await Deno.writeTextFile(marker, JSON.stringify(input));
    return input;
  }, { onWait: () => say("Waiting for somebody else who makes the same input …") });
}

/** Makes the input in an empty folder. */
export async function makeInput(
  dir: string,
  { rows, seed }: { readonly rows: number; readonly seed: number },
): Promise<BenchInput> {
  await Deno.remove(dir, { recursive: true }).catch(ignoreMissing);
  const each = rows / FILES;
  const many = await generateSample({
    seed,
    dir: join(dir, "many"),
    rows: each,
    symbols: FILES,
    days: daysOf(each),
    busy: true,
  });
  const one = await generateSample({
    seed,
    dir: join(dir, "one"),
    rows,
    symbols: 1,
    days: daysOf(rows),
    kinds: ["trades"],
    busy: true,
  });
  const paths = (files: readonly SampleFile[]) => files.map(({ path }) => path);
  // The one company is among the many, so that the table of the many serves it as well.
  return {
    trades: paths(many.trades),
    quotes: paths(many.quotes),
    single: paths(one.trades),
    reference: many.companyInfo,
  };
}

function daysOf(rows: number): number {
  return Math.max(1, Math.round(rows / ROWS_PER_DAY));
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, ignoreMissing) ?? false;
}

function ignoreMissing(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
