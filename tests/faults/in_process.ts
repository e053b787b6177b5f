/**
 * Loads in this process, for scenarios with several topics at once, hooks, or a clock of their own.
 *
 * @module
 */
import type { AccountTotals } from "../../actors/delivery/account.ts";
import type { Clock } from "../../kernel/clock.ts";
import { systemClock } from "../../kernel/clock.ts";
import type { Settings } from "../../config/settings.ts";
import { runLoad } from "../../cli/load/load_job.ts";
import type { LoadResult } from "../../cli/load/load_report.ts";
import type { RowSource } from "../../sources/source.ts";
import type { DeadLetter } from "../../state/dead_letters.ts";
import type { RuntimeEvent } from "../../telemetry/events.ts";
import { openTransport } from "../../transport/open.ts";
import { transportOptionsOf } from "../../runtime/transport_options.ts";

/** The tools of a script while the load runs. */
export interface RunningJob {
  readonly events: readonly RuntimeEvent[];
  readonly letters: readonly DeadLetter[];
  /** Aborted when the load has ended. */
  readonly signal: AbortSignal;
  totals(): AccountTotals;
  /** Resolves when this many rows are acknowledged, or when the load has ended. */
  whenAcked(rows: number): Promise<void>;
}

/** A load that has ended. */
export interface EndedJob extends Pick<RunningJob, "events" | "letters"> {
  readonly result: LoadResult;
}

const POLL_MS = 10;

/** Loads the sources while the script runs. */
export async function loadHere(
  settings: Settings,
  options: {
    readonly sources: readonly RowSource[];
    readonly rowsPerSecond?: number;
    readonly clock?: Clock;
    readonly during?: (job: RunningJob) => Promise<void>;
  },
): Promise<EndedJob> {
  const { sources, rowsPerSecond, clock, during } = options;
  const events: RuntimeEvent[] = [];
  const letters: DeadLetter[] = [];
  const ended = new AbortController();
  const { signal } = ended;
  const { log, registry, close } = await openTransport(transportOptionsOf(settings));
  let script = Promise.resolve();
  try {
    const ports = {
      log,
      registry,
      deadLetters: { add: (stored: readonly DeadLetter[]) => void letters.push(...stored) },
      observe: (event: RuntimeEvent) => void events.push(event),
      ...(clock === undefined ? {} : { clock }),
    };
    const result = await runLoad(settings, ports, {
      sources,
      rowsPerSecond,
      signal: new AbortController().signal,
      onStarted: (job) => {
        const totals = () => job.totals();
        const whenAcked = async (rows: number) => {
          while (totals().acked < rows && !signal.aborted) {
            await systemClock.sleep(POLL_MS, signal).catch(() => undefined);
          }
        };
        script = during?.({ events, letters, signal, totals, whenAcked }) ?? script;
        // Until the await below, a failure must not end the process.
        script.catch(() => undefined);
      },
    });
    ended.abort();
    await script;
    return { result, events, letters };
  } finally {
    ended.abort();
    await close();
  }
}
