/**
 * Events as log lines, for people or for programs.
 *
 * @module
 */
import { compareLogLevel, getJsonLinesFormatter, getTextFormatter } from "@logtape/logtape";
import type { LogLevel, LogRecord, TextFormatter } from "@logtape/logtape";
import { systemClock } from "../kernel/clock.ts";
import type { Clock } from "../kernel/clock.ts";
import { escapeControls } from "./escape_controls.ts";
import { causeText, eventText } from "./event_text.ts";
import type { Observer, RuntimeEvent } from "./events.ts";
import { maskCredentials } from "./mask_credentials.ts";

/** How log lines look. */
export type LogFormat = "text" | "json";

/** The levels that a user can choose, the most talkative first. */
export const LOG_LEVELS = ["debug", "info", "warning", "error", "fatal"] as const satisfies readonly LogLevel[];

/** Options of {@link createLogOutput}. */
export interface LogOutputOptions {
  /** Takes one line with its line end. */
  readonly write: (line: string) => void;
  /** Events below this level are dropped. @default "info" */
  readonly level?: LogLevel;
  /** @default "text" */
  readonly format?: LogFormat;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** An observer that writes log lines. */
export interface LogOutput {
  readonly observer: Observer;
  /** Nothing is written after this. */
  close(): void;
}

/**
 * Counts a source's dead-lettered rows: a line each time their number has doubled, so that a bad file cannot fill the
 * log.
 */
interface DeadLetterTally {
  total: number;
  told: number;
}

/**
 * Makes an observer that turns events into lines. It writes control characters out, and masks log-ins inside addresses.
 */
export function createLogOutput(options: LogOutputOptions): LogOutput {
  const { write, level = "info", format = "text", clock = systemClock } = options;
  const formatter = format === "json" ? JSON_FORMATTER : HUMAN_FORMATTER;
  const tallies = new Map<string, DeadLetterTally>();
  let closed = false;
  return {
    observer(event) {
      if (closed) return;
      const told = withTally(event, tallies);
      if (told === null) return;
      const text = eventText(told);
      if (compareLogLevel(text.level, level) < 0) return;
      const message = safe(text.message);
      const record: LogRecord = {
        category: ["tickflume", text.area],
        level: text.level,
        message: [message],
        rawMessage: message,
        timestamp: clock.now(),
        properties: propertiesOf(told),
      };
      write(formatter(record));
    },
    close() {
      closed = true;
    },
  };
}

const HUMAN_FORMATTER: TextFormatter = getTextFormatter({
  timestamp: "time",
  timeZone: null,
  level: "full",
  category: (category) => category.slice(1).join("."),
  format: ({ timestamp, level, category, message }) => `${timestamp} ${level.padEnd(7)} ${category}: ${message}`,
});

const JSON_FORMATTER: TextFormatter = getJsonLinesFormatter({ properties: "nest:event" });

function withTally(event: RuntimeEvent, tallies: Map<string, DeadLetterTally>): RuntimeEvent | null {
  if (event.type !== "rows_dead_lettered") return event;
  const tally = tallies.get(event.source) ?? { total: 0, told: 0 };
  tallies.set(event.source, tally);
  tally.total += event.count;
  if (tally.total < tally.told * 2) return null;
  tally.told = tally.total;
  return { ...event, count: tally.total };
}

/** The event's own fields, as JSON can hold them. */
function propertiesOf(event: RuntimeEvent): Record<string, unknown> {
  return Object.fromEntries(
    // The message of a kernel dead letter may be a whole batch of records; its type says enough.
    Object.entries(event).filter(([key]) => key !== "message").map(([key, value]) => [key, plain(value)]),
  );
}

function plain(value: unknown): unknown {
  if (typeof value === "string") return safe(value);
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Error) return safe(causeText(value));
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === "object" && value !== null ? safe(String(value)) : value;
}

function safe(text: string): string {
  return escapeControls(maskCredentials(text));
}
