/** The scene of tests of files that are followed: writers that append, rotate and cut, and processes that may be killed. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { setImmediate } from "node:timers";
import { type RowSource, SourceError } from "../../sources/source.ts";
import { type FollowedPath, followedPaths, listFollowed } from "../../cli/load/followed_paths.ts";
import { FollowedFiles } from "../../cli/load/followed_files.ts";
import type { FollowedFile } from "../../cli/shared/source_options.ts";
import type { SchemaVersion } from "../../schemas/record_types.ts";
import type { FileChange, OpenFileWatch, WatchListener } from "../../sources/files/file_watch.ts";
import { openFileSource } from "../../sources/files/file_source.ts";
import type { StartMode } from "../../runtime/resuming/find_start_point.ts";
import { CheckpointStore, hasCheckpoints } from "../../state/checkpoints.ts";
import { SeenNames } from "../../state/seen_names.ts";
import { MortalProcess, type ProcessOptions } from "./mortal_process.ts";
import { assertNumbersOnce, assertNumbersOrdered } from "./numbered_rows.ts";
import { TOPIC } from "./pipeline_harness.ts";
import { passTime, type ResumeBench, resumeBench, type ResumeBenchOptions } from "./resume_harness.ts";

export const HEADER = "company_id,symbol,timestamp,price,quantity,currency\n";
const FIELDS = { format: "csv", kind: "trade", exchange: "ASX", assetClass: "equities" } as const;

const STEP_MS = 50;

/** A watch that a test speaks through. */
export class FakeWatch {
  readonly #listeners = new Set<WatchListener>();
  readonly open: OpenFileWatch = (listener) => {
    this.#listeners.add(listener);
    return { add: () => {}, [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  };

  tell(type: FileChange["type"], ...paths: readonly string[]): void {
    for (const { changed } of this.#listeners) changed({ type, paths });
  }
}

/** One process that follows. */
export interface Follow {
  readonly files: FollowedFiles;
  readonly process: MortalProcess;
  /** Codes and messages of what has ended it. */
  readonly failures: { readonly path: string; readonly code: string; readonly message: string }[];
  /** Ends it in order. */
  stop(): Promise<void>;
  /** From now on nothing that it does has any effect. */
  kill(): Promise<void>;
}

export class FollowScene implements Disposable {
  readonly bench: ResumeBench;
  readonly watch = new FakeWatch();
  /** Rows that were written whole, anywhere, before anything of them was lost. */
  readonly numbers = new Set<number>();
  /** Of them, those that stand in one file more: once for each. */
  readonly again: number[] = [];
  readonly folder: string;
  /** How many files may be open that were read to their ends. */
  maxOpen = 256;
  /** What happens once just before a file is looked at, or opened to be read. */
  readonly just: {
    beforeExamine?: () => void;
    beforeOpen?: () => void;
    /** It is opened to look for its rows in the topics. */
    beforeOpenAsItIs?: () => void;
    beforeList?: () => void | Promise<void>;
  } = {};
  /** How many files the process may have open at the same time. */
  descriptors = Infinity;
  #opened = 0;
  readonly #failed: string[] = [];
  #running: Follow | null = null;
  #last = 0;

  constructor(folder: string, options: ResumeBenchOptions = {}) {
    this.folder = folder;
    this.bench = resumeBench(folder, options);
    Deno.mkdirSync(join(folder, "logs"));
  }

  [Symbol.dispose](): void {
    this.bench[Symbol.dispose]();
  }

  path(name: string): string {
    return join(this.folder, "logs", name);
  }

  /** A file with its header, and rows. */
  create(name: string, rows = 0): void {
    Deno.writeTextFileSync(this.path(name), HEADER);
    this.watch.tell("named", this.path(name));
    if (rows > 0) this.append(name, rows);
  }

  append(name: string, rows: number): void {
    this.appendText(name, this.rows(rows));
  }

  appendText(name: string, text: string): void {
    Deno.writeTextFileSync(this.path(name), text, { append: true });
    this.watch.tell("written", this.path(name));
  }

  /** Lines of new rows, which are to be in the topic. */
  rows(count: number): string {
    return Array.from({ length: count }, () => {
      const number = ++this.#last;
      this.numbers.add(number);
      const time = new Date(Date.UTC(2024, 4, 6) + number * 1_000).toISOString();
      return `${number},S${number % 3},${time},45.5,${1 + number % 7},AUD\n`;
    }).join("");
  }

  /** All rows of a file, as rows of another one. */
  rowsAgain(name: string): string {
    const text = Deno.readTextFileSync(this.path(name)).slice(HEADER.length);
    this.again.push(...numbersIn(text));
    return text;
  }

  /** The rows of a file are not to be in the topic. */
  forget(name: string): void {
    for (const number of numbersIn(Deno.readTextFileSync(this.path(name)))) this.numbers.delete(number);
  }

  rename(from: string, to: string): void {
    Deno.renameSync(this.path(from), this.path(to));
    this.watch.tell("named", this.path(from), this.path(to));
  }

  copy(from: string, to: string): void {
    Deno.copyFileSync(this.path(from), this.path(to));
    this.watch.tell("named", this.path(to));
  }

  /** Cuts a file down to its header. */
  truncate(name: string): void {
    Deno.truncateSync(this.path(name), 0);
    this.watch.tell("written", this.path(name));
    this.appendText(name, HEADER);
  }

  async follow(names: readonly string[] = ["a.csv"], options: Omit<ProcessOptions, "settings"> = {}): Promise<Follow> {
    const { settings, around, clock, database } = this.bench;
    const process = await MortalProcess.start(around, { settings, random: () => 0.5, ...options });
    const paths: readonly FollowedPath[] = await followedPaths(names.map((name) => this.path(name)), this.folder);
    const failures: Follow["failures"] = [];
    const files = new FollowedFiles({
      runtime: process.runtime,
      versions: settings.schemaVersion,
      list: async (absent) => {
        await take(this.just, "beforeList")?.();
        return await listFollowed(paths, { absent });
      },
      sourceOf: (path, followed) => this.source(path, followed),
      store: new CheckpointStore(database),
      seen: new SeenNames(database, settings.schemaVersion),
      openWatch: this.watch.open,
      folders: paths.map(({ watched }) => watched),
      clock,
      observe: (event) => process.events.push(event),
      lanes: 4,
      maxOpen: this.maxOpen,
      failed: (path, cause) => {
        const { code = "", message = "" } = cause as Partial<SourceError>;
        failures.push({ path, code, message });
        this.#failed.push(message);
      },
    });
    this.#failed.length = 0;
    await this.during(files.start());
    return this.#running = {
      files,
      process,
      failures,
      stop: async () => {
        await this.during(files.stop(2_000));
        await this.during(process.runtime.stop());
        await this.during(files.settled());
        await this.during(process.remove());
      },
      kill: async () => {
        process.kill();
        await this.during(process.remove());
        await this.during(files.settled());
      },
    };
  }

  /** Loads a file, as it is, in a process of its own. */
  async load(name: string, start: StartMode = "resume"): Promise<void> {
    const process = await MortalProcess.start(this.bench.around, { settings: this.bench.settings, random: () => 0.5 });
    const { done } = await this.during(process.runtime.addSource(this.source(this.path(name)), { start }));
    const end = await this.during(done);
    await this.during(process.remove());
    if (end.type === "stopped") throw end.cause;
  }

  source(path: string, followed: FollowedFile = {}): RowSource {
    const { clock } = this.bench;
    const zone = { currency: "AUD", timeZone: "Australia/Sydney" };
    const source = openFileSource({ path, ...FIELDS, ...zone, ...followed, clock });
    const { file } = source;
    if (!file) return source;
    const { just } = this;
    return {
      ...source,
      file: {
        ...file,
        examine: () => {
          take(just, "beforeExamine")?.();
          return file.examine();
        },
      },
      ...(source.openAsItIs === undefined ? {} : {
        openAsItIs: (from) => {
          take(just, "beforeOpenAsItIs")?.();
          return source.openAsItIs?.(from) ?? source.open(from);
        },
      }),
      open: async (from) => {
        take(just, "beforeOpen")?.();
        if (this.#opened >= this.descriptors) throw fullError();
        this.#opened += 1;
        const reader = await source.open(from).catch((error) => {
          this.#opened -= 1;
          throw error;
        });
        let closed = false;
        const close = async () => {
          if (!closed) this.#opened -= 1;
          closed = true;
          await reader.close();
        };
        return new Proxy(reader, {
          get: (of, name) => {
            if (name === "close") return close;
            const value = Reflect.get(of, name, of);
            return typeof value === "function" ? value.bind(of) : value;
          },
        });
      },
    };
  }

  /**
   * Advances the manual clock. Looks at files take the machine's own time: with each step one is waited for, so that minutes do
   * not pass between two of them.
   */
  async pass(milliseconds: number): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += STEP_MS) {
      await passTime(this.bench.clock, STEP_MS);
      await Deno.stat(this.folder);
    }
  }

  async until(isSo: () => boolean): Promise<void> {
    const stop = AbortSignal.timeout(60_000);
    while (!isSo()) {
      stop.throwIfAborted();
      await this.pass(STEP_MS);
    }
  }

  /** Waits until all rows are written, which no timer may bring about. */
  async writtenWithoutTime(): Promise<void> {
    const stop = AbortSignal.timeout(20_000);
    while (this.written !== this.#wanted) {
      stop.throwIfAborted();
      await new Promise<void>((resolve) => void setImmediate(resolve));
    }
  }

  async during<T>(work: Promise<T>): Promise<T> {
    let done = false;
    work.catch(() => {}).finally(() => done = true);
    await this.until(() => done);
    return await work;
  }

  /** What the process that runs has told. */
  #told(): string {
    const { files, process } = this.#running ?? {};
    const events = process?.events.slice(-30).map((event) =>
      JSON.stringify({ ...event, cause: String((event as { cause?: unknown }).cause) })
    );
    return JSON.stringify([files?.openFiles, files?.rotations, files?.truncations]) + events?.join("\n");
  }

  /** Whether anything is known of any file. */
  get hasCheckpoint(): boolean {
    return hasCheckpoints(this.bench.database);
  }

  /** How many records the topic is to have. */
  get #wanted(): number {
    return this.numbers.size + this.again.length;
  }

  /** How many records the topic has. */
  get written(): number {
    return this.bench.broker.topic(TOPIC)?.partitions.reduce((sum, { records }) => sum + records.length, 0) ?? 0;
  }

  /** Passes time until the topic has as many records as rows were written, and some more. */
  async caughtUp(): Promise<void> {
    await this.until(() => this.written >= this.#wanted || this.#failed.length > 0).catch((cause) => {
      throw new Error(`${this.written} of ${this.#wanted} rows: ${this.#told()}`, { cause });
    });
    if (this.#failed.length > 0) throw new Error(`It has ended: ${this.#failed.join()}`);
    await this.pass(1_500);
  }

  /** A whole process: follows until everything is written, and ends in order. */
  async followOnce(names?: readonly string[]): Promise<void> {
    const { stop, failures } = await this.follow(names);
    await this.caughtUp();
    await stop();
    assert.deepEqual(failures, []);
  }

  /** The rows of these files are in the topic in their order, the files one after the other, as far as they have one key. */
  assertOrdered(...names: readonly string[]): void {
    const numbers = names.flatMap((name) => numbersIn(Deno.readTextFileSync(this.path(name))));
    assertNumbersOrdered(this.bench.broker, { topic: TOPIC, numbers });
  }

  assertOnce(version: SchemaVersion = "v2"): void {
    assertNumbersOnce(this.bench.broker, { version, topic: TOPIC, numbers: this.numbers, again: this.again });
  }
}

/** As the file system says that too many files are open. */
export function fullError(): SourceError {
  return new SourceError("out_of_descriptors", "Too many files are open.");
}

/** The numbers of whole rows. */
export function numbersIn(rows: string): number[] {
  return [...rows.matchAll(/^\d+/gm)].map(([number]) => Number(number));
}

function take<When extends keyof FollowScene["just"]>(
  just: FollowScene["just"],
  when: When,
): FollowScene["just"][When] {
  const action = just[when];
  delete just[when];
  return action;
}

/** A test with a file of ten rows, each of whose rows must be written once. */
export function following(
  what: string,
  body: (scene: FollowScene) => Promise<void>,
  options: ResumeBenchOptions = {},
): void {
  Deno.test(`following: ${what}`, () =>
    followScene(async (scene) => {
      scene.create("a.csv", 10);
      await body(scene);
      scene.assertOnce();
    }, options));
}

/** The same with few rows under way at a time. */
export function followingSlowly(what: string, body: (scene: FollowScene) => Promise<void>): void {
  following(what, body, { pipeline: { batchRows: 5, windowRows: 40, checkpointRows: 20 } });
}

/** Runs a test in a scene. */
export async function followScene(
  body: (scene: FollowScene) => Promise<void>,
  options: ResumeBenchOptions = {},
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    using scene = new FollowScene(folder, options);
    await body(scene);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
