/**
 * The rows that all contestants read: made by the project's generator once for each size and seed, and kept outside the
 * repository.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { generateSample, type SampleFile } from "../cli/sample_data.ts";
import { withFileLock } from "../cli/stack/file_lock.ts";
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

/** Tick files, and the table with the symbols of the companies in their names. */
export interface BenchInput {
  /** {@link FILES} files of as many symbols. */
  readonly trades: readonly string[];
  readonly quotes: readonly string[];
  /** One file with all the rows, of one symbol. */
  readonly single: readonly string[];
  readonly reference: string;
}

/** A busily traded share has about this many trades a day. */
const ROWS_PER_DAY = 18_000;

/** Written last: a folder without it is incomplete and is made again. */
const MARKER = ".complete";

/** Makes the input, or finds it. Two calls at once are safe. */
export async function ensureInput({ cache, rows, seed, say }: InputOptions): Promise<BenchInput> {
  const name = `input-${rows}-seed-${seed}`;
  return await madeOnce(
    { cache, name, makers: ["../cli/sample_data.ts"], say },
    (dir) => makeInput(dir, { rows, seed }),
  );
}

/** A thing that is made once, in its own folder. */
export interface MadeOnce extends Pick<InputOptions, "cache" | "say"> {
  readonly name: string;
  /**
   * The files whose code makes it, relative to this one. They are part of the folder's name, so that changed code never
   * uses old rows.
   */
  readonly makers: readonly string[];
}

/** Makes it in an empty folder, or finds it; stores the result of `make` as JSON. Two calls at once are safe. */
export async function madeOnce<T>(
  { cache, name, makers, say }: MadeOnce,
  make: (dir: string) => Promise<T>,
): Promise<T> {
  const paths = makers.map((maker) => join(import.meta.dirname ?? ".", maker));
  const digests = await Promise.all(paths.map(async (path) => await sha256(await Deno.readFile(path))));
  const code = digests.length === 1 ? digests.join() : await sha256(new TextEncoder().encode(digests.join()));
  const dir = resolve(cache, "bench", `${name}-${code.slice(0, 12)}`);
  return await withFileLock(`${dir}.lock`, async () => {
    const marker = join(dir, MARKER);
    if (await exists(marker)) return JSON.parse(await Deno.readTextFile(marker));
    say(`Making ${dir}, once …`);
    await Deno.remove(dir, { recursive: true }).catch(ignoreMissing);
    await Deno.mkdir(dir, { recursive: true });
    const made = await make(dir);
    await Deno.writeTextFile(marker, JSON.stringify(made));
    return made;
  }, { onWait: () => say(`Waiting for somebody else who makes ${dir} …`) });
}

/** Makes the input in an empty folder. */
export async function makeInput(
  dir: string,
  { rows, seed }: { readonly rows: number; readonly seed: number },
): Promise<BenchInput> {
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
  // The single company is one of the many, so their table serves it too.
  return {
    trades: paths(many.trades),
    quotes: paths(many.quotes),
    single: paths(one.trades),
    reference: many.companyInfo,
  };
}

/** The number of days for so many rows of a busy share. */
export function daysOf(rows: number): number {
  return Math.max(1, Math.round(rows / ROWS_PER_DAY));
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, ignoreMissing) ?? false;
}

function ignoreMissing(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
