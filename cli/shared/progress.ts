/**
 * Shows how far a long command has come: a bar on a terminal, otherwise a line now and then; always on standard error.
 *
 * @module
 */
import type { Clock, Timer } from "../../kernel/clock.ts";
import type { Screen } from "./screen.ts";

/** A reading of how far the work has come. */
export interface ProgressReading {
  /** Records (or rows) done. */
  readonly done: number;
  /** Between 0 and 1; `null` if the end is unknown. */
  readonly fraction: number | null;
  /** Text beside the count, e.g. `3 dead-lettered`. */
  readonly note?: string;
}

/** Options of {@link startProgress}. */
export interface ProgressOptions {
  readonly screen: Screen;
  readonly clock: Clock;
  /** Shown first, e.g. `load`. */
  readonly label: string;
  /** The unit of the count, e.g. `rows`. */
  readonly unit: string;
  /** Called at each redraw, so the work itself never has to report. */
  readonly read: () => ProgressReading;
  /** Shows nothing at all. */
  readonly quiet?: boolean;
}

/** A running display. */
export interface Progress {
  /** Removes the bar. Idempotent. */
  stop(): void;
}

const BAR_EVERY_MS = 100;
const LINE_EVERY_MS = 5000;
/** The rate covers only the last seconds, so that a stall shows. */
const RATE_WINDOW_MS = 5000;
const BAR_WIDTH = 24;

interface Sample {
  readonly at: number;
  readonly done: number;
  readonly fraction: number | null;
}

/** Shows the progress of some work until it is stopped. */
export function startProgress(options: ProgressOptions): Progress {
  const { screen, clock, label, unit, read, quiet = false } = options;
  if (quiet) return { stop() {} };
  const everyMs = screen.isTerminal ? BAR_EVERY_MS : LINE_EVERY_MS;
  const samples: Sample[] = [];
  let timer: Timer;
  let stopped = false;

  function draw(): void {
    const reading = read();
    const at = clock.monotonic();
    samples.push({ at, done: reading.done, fraction: reading.fraction });
    while (samples.length > 2 && at - (samples[1]?.at ?? at) >= RATE_WINDOW_MS) samples.shift();
    const text = progressText({ label, unit, reading, samples, bar: screen.isTerminal });
    if (screen.isTerminal) screen.status(text.slice(0, screen.columns() - 1));
    else if (samples.length > 1) screen.line(text);
    timer = clock.schedule(everyMs, draw);
  }

  draw();
  return {
    stop() {
      if (stopped) return;
      stopped = true;
      timer.cancel();
      screen.status("");
    },
  };
}

function progressText(
  { label, unit, reading, samples, bar }: {
    readonly label: string;
    readonly unit: string;
    readonly reading: ProgressReading;
    readonly samples: readonly Sample[];
    readonly bar: boolean;
  },
): string {
  const first = samples[0];
  const last = samples.at(-1);
  const seconds = first === undefined || last === undefined ? 0 : (last.at - first.at) / 1000;
  const perSecond = (of: (sample: Sample) => number) =>
    first === undefined || last === undefined || seconds === 0 ? 0 : (of(last) - of(first)) / seconds;
  const rate = perSecond(({ done }) => done);
  const parts = [label];
  if (reading.fraction !== null) {
    const fraction = Math.min(1, Math.max(0, reading.fraction));
    if (bar) parts.push(barOf(fraction));
    parts.push(`${Math.floor(fraction * 100)} %`);
  }
  parts.push(`${grouped(reading.done)} ${unit}`, `${grouped(Math.round(rate))}/s`);
  const fractionRate = perSecond(({ fraction }) => fraction ?? 0);
  if (reading.fraction !== null && reading.fraction < 1 && fractionRate > 0) {
    parts.push(`${duration((1 - reading.fraction) / fractionRate)} left`);
  }
  if (reading.note) parts.push(reading.note);
  return parts.join("  ");
}

function barOf(fraction: number): string {
  const filled = Math.round(fraction * BAR_WIDTH);
  return `[${"#".repeat(filled)}${".".repeat(BAR_WIDTH - filled)}]`;
}

/** The whole number 91631 as `91,631`. A locale's rules would take some 30 ms to load, for this alone. */
export function grouped(number: number | bigint): string {
  return String(number).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
}

/** Seconds as `4 s`, `3 min 05 s` or `2 h 03 min`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (number: number) => String(number).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor(whole % 3600 / 60))} min`;
}
