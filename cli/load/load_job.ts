/**
 * A load: reads sources and gives an account. The commands `load` and `demo` run it, and tests drive it.
 *
 * @module
 */
import { messageOf } from "../../kernel/message_of.ts";
import type { AccountTotals } from "../../actors/delivery/account.ts";
import type { LetterLimit } from "../../actors/delivery/letter_limit.ts";
import { systemClock } from "../../kernel/clock.ts";
import { RowPace } from "../../actors/sources/row_pace.ts";
import type { SourceEnd } from "../../actors/sources/source_actor_options.ts";
import { mustKeepAll } from "../../config/compacted_topics.ts";
import type { Settings } from "../../config/settings.ts";
import { type Runtime, RuntimeEndedError, type SourceHandle, type SourceOptions, startRuntime } from "../../runtime.ts";
import type { RuntimePorts } from "../../runtime.ts";
import type { Overlap, StartMode } from "../../runtime/resuming/find_start_point.ts";
import type { MovedRows } from "../../runtime/resuming/indexed_rows.ts";
import type { RowSource } from "../../sources/source.ts";
import { DATA_TYPE_OF } from "../../schemas/record_types.ts";
import {
  countedReport,
  emptyReport,
  type HeldBackLine,
  type LoadReport,
  type LoadResult,
  type ResumedSource,
} from "./load_report.ts";
import { NotBegunError } from "./not_begun_error.ts";
import { reusedExample } from "./reused_example.ts";
import { SharedIds } from "./shared_ids.ts";

/** What to load, and how. */
export interface LoadJobOptions {
  readonly sources: readonly RowSource[];
  /** Maximum rows of all sources together. */
  readonly limitRows?: number | undefined;
  /** Maximum rows a second of all sources together. */
  readonly rowsPerSecond?: number | undefined;
  readonly tooManyDeadLetters?: LetterLimit | undefined;
  /** Where to start files that may have been loaded before. @default "resume" */
  readonly start?: StartMode | undefined;
  /** What becomes of rows that several files have. @default "write" */
  readonly overlap?: Overlap | undefined;
  /** What becomes of rows that may have been moved from one file to another. @default "refuse" */
  readonly moved?: MovedRows | undefined;
  /** Where to count the ids that several sources share; absent: do not count them. */
  readonly sharedIds?: { readonly file: string } | undefined;
  /** Sources with the same key are read one after the other, in their order. @default each has a key of its own */
  readonly orderKeyOf?: ((source: RowSource) => string) | undefined;
  /** More options of a source. */
  readonly optionsOf?: ((source: RowSource) => SourceOptions) | undefined;
  /** When aborted: stop reading, and let what is in flight settle. */
  readonly signal: AbortSignal;
  /** Called when the tree is up, for progress and for tests. */
  readonly onStarted?: (progress: LoadProgress) => void;
}

/** How far a load is. Callers may ask at any time. */
export interface LoadProgress {
  readonly runtime: Runtime;
  totals(): AccountTotals;
  bytesRead(): number;
}

/** Runs a load to its end. Rejects only if the tree cannot be started. */
export async function runLoad(settings: Settings, ports: RuntimePorts, options: LoadJobOptions): Promise<LoadResult> {
  const clock = ports.clock ?? systemClock;
  const startedAt = clock.monotonic();
  const runtime = await startRuntime(settings, ports);
  const inOrder = isInOrder(options.sources, settings);
  const job = new LoadJob(runtime, { ...options, inOrder });
  options.onStarted?.(job);
  const errors = await job.run(settings.pipeline.filesInFlight);
  await runtime.stop();
  const account = runtime.account();
  const { firstReused } = account;
  const report: LoadReport = {
    ...emptyReport(settings, options),
    ...countedReport(account, startedAt),
    shared_ids: job.takeSharedIds(),
    id_reused_example: firstReused === null ? null : await reusedExample(firstReused, ports.log),
    resumed_from: job.resumed.length > 0 ? job.resumed : null,
    interrupted: job.interrupted,
    held_back: job.heldBack,
    stopped: errors.map(({ source, cause }) => ({ source: source.name, error: messageOf(cause) })),
  };
  return { account, report, errors };
}

/** Whether files are loaded one after the other: if only the latest record of each key stays, the order of files matters. */
export function isInOrder(sources: readonly RowSource[], settings: Pick<Settings, "topics">): boolean {
  return sources.some(({ kind }) => !mustKeepAll(DATA_TYPE_OF[kind], settings));
}

class LoadJob implements LoadProgress {
  readonly #options: LoadJobOptions & { readonly inOrder: boolean };
  readonly #queue: RowSource[];
  readonly #pace: RowPace | undefined;
  /** Sources that are being read; a finished one leaves only its bytes, in `#finishedBytes`. */
  readonly #handles = new Set<SourceHandle>();
  /** Keys of the order of sources that are being read. */
  readonly #orderKeys = new Set<string>();
  #finishedBytes = 0;
  readonly #resumed: ResumedSource[] = [];
  #completed = 0;
  readonly #heldBack: HeldBackLine[] = [];
  readonly #errors: { source: RowSource; cause: unknown }[] = [];
  readonly #shared: SharedIds | null;

  constructor(readonly runtime: Runtime, options: LoadJobOptions & { readonly inOrder: boolean }) {
    this.#options = options;
    this.#queue = [...options.sources];
    const { sources, sharedIds } = options;
    this.#shared = sharedIds === undefined || sources.length < 2
      ? null
      : new SharedIds({ ...sharedIds, sources: sources.length });
    this.#pace = options.rowsPerSecond === undefined ? undefined : new RowPace(options.rowsPerSecond);
  }

  totals(): AccountTotals {
    return this.runtime.account().totals();
  }

  bytesRead(): number {
    let bytes = this.#finishedBytes;
    for (const handle of this.#handles) bytes += handle.bytesRead();
    return bytes;
  }

  /** Call once, at the end. */
  takeSharedIds(): number | null {
    return this.#shared?.take() ?? null;
  }

  get resumed(): readonly ResumedSource[] {
    return this.#resumed;
  }

  /** True if a signal came before the end of a source. */
  get interrupted(): boolean {
    const { signal, sources } = this.#options;
    const failed = this.#errors.filter(({ cause }) => !(cause instanceof RuntimeEndedError)).length;
    return signal.aborted && this.#completed + failed < sources.length;
  }

  get heldBack(): readonly HeldBackLine[] {
    return this.#heldBack;
  }

  async run(filesInFlight: number): Promise<{ source: RowSource; cause: unknown }[]> {
    const { signal } = this.#options;
    const onAbort = () => void this.runtime.stop();
    signal.addEventListener("abort", onAbort, { once: true });
    // The limit applies to all files together, so they are read one after the other then too.
    const lanes = this.#options.limitRows === undefined && !this.#options.inOrder ? filesInFlight : 1;
    try {
      await Promise.all(Array.from({ length: lanes }, () => this.#readQueue()));
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
    return this.#errors;
  }

  async #readQueue(): Promise<void> {
    for (let source = this.#takeNext(); source !== undefined; source = this.#takeNext()) {
      if (this.#options.signal.aborted) return;
      const limitRows = this.#rowsLeft();
      if (limitRows === 0) return;
      try {
        const end = await this.#read(source, limitRows);
        if (end.type === "stopped") this.#errors.push({ source, cause: end.cause });
        else if (end.type === "completed") this.#completed += 1;
      } catch (cause) {
        this.#errors.push({ source, cause });
      }
      if (this.#options.inOrder) this.#endAfterFailure();
      this.#orderKeys.delete(this.#orderKeyOf(source));
    }
  }

  /**
   * The first source whose key is not being read; undefined if there is none: those that are left follow the sources of
   * their keys.
   */
  #takeNext(): RowSource | undefined {
    const at = this.#queue.findIndex((source) => !this.#orderKeys.has(this.#orderKeyOf(source)));
    const [source] = at < 0 ? [] : this.#queue.splice(at, 1);
    if (source !== undefined) this.#orderKeys.add(this.#orderKeyOf(source));
    return source;
  }

  #orderKeyOf(source: RowSource): string {
    return this.#options.orderKeyOf?.(source) ?? source.id;
  }

  /**
   * A later run would write the rest of the failed file after the files that follow it, and those rows would replace
   * theirs.
   */
  #endAfterFailure(): void {
    const [failed] = this.#errors;
    if (failed === undefined || this.#options.signal.aborted) return;
    for (const source of this.#queue.splice(0)) {
      this.#errors.push({ source, cause: new NotBegunError(failed.source.name, failed.cause) });
    }
  }

  async #read(source: RowSource, limitRows: number | undefined): Promise<SourceEnd> {
    const { tooManyDeadLetters, optionsOf, start, overlap, moved } = this.#options;
    const options: SourceOptions = {
      ...optionsOf?.(source),
      start,
      overlap,
      moved,
      onAdmitted: this.#shared?.nextSource(),
      limitRows,
      pace: this.#pace,
      ...(tooManyDeadLetters === undefined ? {} : { tooManyDeadLetters }),
    };
    const handle = await this.runtime.addSource(source, options);
    this.#handles.add(handle);
    try {
      return await handle.done;
    } finally {
      this.#handles.delete(handle);
      this.#finishedBytes += handle.bytesRead();
      const heldBack = handle.heldBack();
      if (heldBack !== null) {
        const { line, bytes, openQuote = false } = heldBack;
        this.#heldBack.push({ source: source.name, line, bytes, open_quote: openQuote });
      }
      const resumed = handle.resumed();
      if (resumed !== null) {
        const { complete: already_loaded, counts, ...point } = resumed;
        const { acked, dead_lettered, duplicates_skipped } = counts;
        this.#resumed.push({ source: source.name, ...point, already_loaded, acked, dead_lettered, duplicates_skipped });
      }
    }
  }

  #rowsLeft(): number | undefined {
    const { limitRows } = this.#options;
    return limitRows === undefined ? undefined : Math.max(0, limitRows - this.totals().read);
  }
}
