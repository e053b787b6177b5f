/**
 * A load: sources in, account out. What `load` and `demo` run, and what tests drive.
 *
 * @module
 */
import type { AccountTotals } from "../../actors/account.ts";
import type { Account } from "../../actors/account.ts";
import { systemClock } from "../../actors/kernel/clock.ts";
import type { SourceEnd } from "../../actors/source.ts";
import type { Settings } from "../../config/settings.ts";
import { type Runtime, type SourceHandle, type SourceOptions, startRuntime } from "../../runtime.ts";
import type { RuntimePorts } from "../../runtime.ts";
import type { RowSource } from "../../sources/source.ts";

/** What is to be loaded, and how. */
export interface LoadJobOptions {
  readonly sources: readonly RowSource[];
  /** Most rows of all sources together. */
  readonly limitRows?: number | undefined;
  /** Most rows a second, of each source that is being read. */
  readonly rowsPerSecond?: number | undefined;
  readonly tooManyDeadLetters?: ((account: Account) => Error | null) | undefined;
  /** More options of a source. */
  readonly optionsOf?: ((source: RowSource) => SourceOptions) | undefined;
  /** Aborted: stop reading, let what is under way settle. */
  readonly signal: AbortSignal;
  /** Called when the tree is up, for progress and for tests. */
  readonly onStarted?: (progress: LoadProgress) => void;
}

/** How far a load is; may be asked at any time. */
export interface LoadProgress {
  readonly runtime: Runtime;
  totals(): AccountTotals;
  bytesRead(): number;
}

/** The account as `load --json` prints it. */
export interface LoadReport extends AccountTotals {
  readonly command: "load";
  readonly schema_version: string;
  /** From the first source opened to the last acknowledgement. */
  readonly seconds: number;
  /** Before the first source was opened: registry, topics, connections. */
  readonly startup_seconds: number;
  readonly records_per_second: number;
  readonly resumed_from: null;
  /** True if a signal ended the load before the sources' ends. */
  readonly interrupted: boolean;
  /** Sources that did not come to their end. */
  readonly stopped: readonly { readonly source: string; readonly error: string }[];
}

/** The report together with the errors themselves, for messages. */
export interface LoadResult {
  readonly report: LoadReport;
  readonly errors: readonly { readonly source: RowSource; readonly cause: unknown }[];
}

/** Runs a load to its end. Rejects only if the tree cannot be started. */
export async function runLoad(settings: Settings, ports: RuntimePorts, options: LoadJobOptions): Promise<LoadResult> {
  const clock = ports.clock ?? systemClock;
  const startedAt = clock.monotonic();
  const runtime = await startRuntime(settings, ports);
  const job = new LoadJob(runtime, options);
  options.onStarted?.(job);
  const errors = await job.run(settings.pipeline.filesInFlight);
  await runtime.stop();
  const account = runtime.account();
  const totals = account.totals();
  const seconds = account.durationMs / 1000;
  const opened = account.openedAt === Infinity ? startedAt : account.openedAt;
  const report: LoadReport = {
    command: "load",
    schema_version: settings.schemaVersion,
    ...totals,
    seconds: round(seconds),
    startup_seconds: round((opened - startedAt) / 1000),
    records_per_second: seconds > 0 ? Math.round(totals.acked / seconds) : 0,
    resumed_from: null,
    interrupted: options.signal.aborted,
    stopped: errors.map(({ source, cause }) => ({ source: source.name, error: messageOf(cause) })),
  };
  return { report, errors };
}

class LoadJob implements LoadProgress {
  readonly #options: LoadJobOptions;
  readonly #queue: RowSource[];
  /** Of sources that are being read: a finished one leaves only its bytes. */
  readonly #handles = new Set<SourceHandle>();
  #finishedBytes = 0;
  readonly #errors: { source: RowSource; cause: unknown }[] = [];

  constructor(readonly runtime: Runtime, options: LoadJobOptions) {
    this.#options = options;
    this.#queue = [...options.sources];
  }

  totals(): AccountTotals {
    return this.runtime.account().totals();
  }

  bytesRead(): number {
    let bytes = this.#finishedBytes;
    for (const handle of this.#handles) bytes += bytesOf(handle);
    return bytes;
  }

  async run(filesInFlight: number): Promise<{ source: RowSource; cause: unknown }[]> {
    const { signal } = this.#options;
    const onAbort = () => void this.runtime.stop();
    signal.addEventListener("abort", onAbort, { once: true });
    // A limit is a limit over all files, so they are read one after the other then.
    const lanes = this.#options.limitRows === undefined ? filesInFlight : 1;
    try {
      await Promise.all(Array.from({ length: lanes }, () => this.#readQueue()));
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
    return this.#errors;
  }

  async #readQueue(): Promise<void> {
    for (let source = this.#queue.shift(); source !== undefined; source = this.#queue.shift()) {
      if (this.#options.signal.aborted) return;
      const limitRows = this.#rowsLeft();
      if (limitRows === 0) return;
      try {
        const end = await this.#read(source, limitRows);
        if (end.type === "stopped") this.#errors.push({ source, cause: end.cause });
      } catch (cause) {
        this.#errors.push({ source, cause });
      }
    }
  }

  async #read(source: RowSource, limitRows: number | undefined): Promise<SourceEnd> {
    const { rowsPerSecond, tooManyDeadLetters, optionsOf } = this.#options;
    const options: SourceOptions = {
      ...optionsOf?.(source),
      limitRows,
      rowsPerSecond,
      ...(tooManyDeadLetters === undefined ? {} : { tooManyDeadLetters }),
    };
    const handle = await this.runtime.addSource(source, options);
    this.#handles.add(handle);
    try {
      return await handle.done;
    } finally {
      this.#handles.delete(handle);
      this.#finishedBytes += bytesOf(handle);
    }
  }

  #rowsLeft(): number | undefined {
    const { limitRows } = this.#options;
    return limitRows === undefined ? undefined : Math.max(0, limitRows - this.totals().read);
  }
}

/** How much of a source has been read, in the bytes that its size is in. */
function bytesOf({ source, bytesRead }: SourceHandle): number {
  return source.bytesRead === undefined ? bytesRead() : source.bytesRead();
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
