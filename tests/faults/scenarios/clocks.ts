/**
 * Clocks that jump under a running load.
 *
 * @module
 */
import { type Clock, systemClock } from "../../../kernel/clock.ts";
import { Bench } from "../fault_harness.ts";
import { loadHere } from "../in_process.ts";
import { BASELINE_ROWS } from "../recipes.ts";
import { sumAudits, unless } from "../result.ts";
import { randomOf, type Scenario } from "../scenario.ts";

const MINUTE_MS = 60_000;
/** How often the load may read the wall clock between two jumps. */
const ASKED_BETWEEN = 5;

/** The machine's clock, with a wall clock that jumps by up to an hour either way; intervals stay right. */
function jumpingClock(random: () => number): { readonly clock: Clock; readonly jumps: () => number } {
  let [asked, jumps, offsetMs] = [0, 0, 0];
  const clock: Clock = {
    ...systemClock,
    now() {
      if (++asked % ASKED_BETWEEN === 0) {
        // Brokers refuse records more than an hour ahead of their own clock.
        offsetMs = Math.round((random() * 119 - 60) * MINUTE_MS);
        jumps++;
      }
      return systemClock.now() + offsetMs;
    },
  };
  return { clock, jumps: () => jumps };
}

export const CLOCK_SCENARIOS: readonly Scenario[] = [{
  name: "clock-jumps",
  what: "the wall clock jumps again and again, by up to an hour back or ahead",
  covers: ["F17"],
  set: "long",
  versions: ["v2"],
  async run(options) {
    await using bench = await Bench.open({ rows: BASELINE_ROWS }, options);
    const { clock, jumps } = jumpingClock(randomOf(options.seed));
    const { result: { report, errors } } = await loadHere(bench.checkedSettings, {
      sources: bench.input.sources(),
      clock,
    });
    const { found, missing, twice, late, problems } = sumAudits(await bench.audit());
    const judged = await bench.judge();
    return {
      scenario: "clock-jumps",
      client: options.client,
      version: "v2",
      read: report.read,
      acked: report.acked,
      dead_lettered: report.dead_lettered,
      found,
      missing,
      twice,
      late,
      recovery_s: null,
      peak_rss_mb: null,
      seconds: bench.seconds,
      exit: null,
      note: `${jumps()} jumps`,
      problems: [
        ...problems,
        ...judged,
        ...unless(errors.length === 0, `stopped: ${errors.map(({ cause }) => String(cause)).join("; ")}`),
        ...unless(missing + twice + late === 0, `${missing} missing, ${twice} twice, ${late} late`),
        ...unless(jumps() > 1, `${jumps()} jumps`),
        ...unless(report.seconds >= 0 && report.seconds < 600, `a load of ${report.seconds} s by its own account`),
        ...unless(report.latency_ms.p99 < 600_000, `a latency of ${report.latency_ms.p99} ms`),
      ],
      date: new Date().toISOString().slice(0, 10),
    };
  },
}];
