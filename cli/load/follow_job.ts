/**
 * A load that follows its files: reads them until it is told to stop, and gives an account.
 *
 * @module
 */
import { messageOf } from "../../kernel/message_of.ts";
import type { Account, AccountTotals } from "../../actors/delivery/account.ts";
import { RowPace } from "../../actors/sources/row_pace.ts";
import type { LetterLimit } from "../../actors/delivery/letter_limit.ts";
import type { Settings } from "../../config/settings.ts";
import { systemClock } from "../../kernel/clock.ts";
import { type RuntimePorts, startRuntime } from "../../runtime.ts";
import type { Truncation } from "./file_ends.ts";
import { FollowedFiles, type FollowedFilesOptions } from "./followed_files.ts";
import { type CountedReport, countedReport } from "./load_report.ts";

/** What to follow, and how. */
export interface FollowJobOptions
  extends Pick<FollowedFilesOptions, "list" | "sourceOf" | "store" | "seen" | "openWatch" | "folders" | "maxOpen"> {
  /** Maximum rows a second of all files together. */
  readonly rowsPerSecond?: number | undefined;
  readonly tooManyDeadLetters?: LetterLimit | undefined;
  /** When aborted: stop reading, and let what is in flight settle. */
  readonly signal: AbortSignal;
  /** Called when the files are followed, for progress and for tests. */
  readonly onStarted?: (progress: FollowProgress) => void;
}

/** How a follow stands. Callers may ask at any time. */
export interface FollowProgress {
  totals(): AccountTotals;
  following(): Promise<Following>;
}

/** What is said of the files that are followed. */
export interface Following {
  /** Files that were begun. */
  readonly files: number;
  readonly open_files: number;
  /** Bytes that are in the open files, and not acknowledged. */
  readonly lag_bytes: number;
  /** The files that lag behind the most. */
  readonly lagging: readonly { readonly source: string; readonly bytes: number }[];
  readonly rotations: number;
  readonly truncations: readonly Truncation[];
}

/** The account as `load --follow --json` prints it at its end. */
export interface FollowReport extends CountedReport {
  readonly command: "load";
  readonly schema_version: string;
  readonly follow: Following;
  /** True if a signal ended it, as it should be. */
  readonly interrupted: boolean;
  /** What stopped it; empty if a signal did. */
  readonly stopped: readonly { readonly source: string; readonly error: string }[];
}

/** The report together with its data. */
export interface FollowResult {
  readonly account: Account;
  readonly report: FollowReport;
  readonly errors: readonly { readonly source: string; readonly cause: unknown }[];
}

/** How long files may take to be marked as read to their ends. */
const ENDING_MS = 2_000;
const SHOWN = 20;

/** Follows files until the signal, or the first failure. Rejects only if the tree cannot be started. */
export async function runFollow(
  settings: Settings,
  ports: RuntimePorts,
  { signal, rowsPerSecond, tooManyDeadLetters, onStarted, ...options }: FollowJobOptions,
): Promise<FollowResult> {
  const { clock = systemClock, observe = () => {} } = ports;
  const startedAt = clock.monotonic();
  const runtime = await startRuntime(settings, ports);
  const over = Promise.withResolvers<void>();
  const errors: { source: string; cause: unknown }[] = [];
  const files = new FollowedFiles({
    ...options,
    runtime,
    versions: settings.schemaVersion,
    sourceOptions: {
      ...(rowsPerSecond === undefined ? {} : { pace: new RowPace(rowsPerSecond) }),
      ...(tooManyDeadLetters === undefined ? {} : { tooManyDeadLetters }),
    },
    clock,
    observe,
    lanes: settings.pipeline.filesInFlight,
    failed: (source, cause) => {
      errors.push({ source, cause });
      over.resolve();
    },
  });
  const following = async () => await stateOf(files);
  if (signal.aborted) over.resolve();
  else signal.addEventListener("abort", () => over.resolve(), { once: true });
  await files.start();
  onStarted?.({ totals: () => runtime.account().totals(), following });
  await over.promise;
  const state = await following();
  await files.stop(ENDING_MS);
  await runtime.stop();
  await files.settled();
  const account = runtime.account();
  const report: FollowReport = {
    command: "load",
    schema_version: settings.schemaVersion,
    ...countedReport(account, startedAt),
    follow: state,
    interrupted: signal.aborted,
    stopped: errors.map(({ source, cause }) => ({ source, error: messageOf(cause) })),
  };
  return { account, report, errors };
}

async function stateOf(files: FollowedFiles): Promise<Following> {
  const lags = (await files.lag()).filter(({ bytes }) => bytes > 0).toSorted((one, other) => other.bytes - one.bytes);
  return {
    files: files.followed,
    open_files: files.openFiles,
    lag_bytes: lags.reduce((sum, { bytes }) => sum + bytes, 0),
    lagging: lags.slice(0, SHOWN),
    rotations: files.rotations,
    truncations: files.truncations,
  };
}
