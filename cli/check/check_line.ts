/**
 * One line of `check`.
 *
 * @module
 */
import { escapeControls } from "../../telemetry/escape_controls.ts";
import { failureOf } from "../shared/errors.ts";
import type { ExitCode } from "../shared/exit_codes.ts";

/** The result for one part. */
export interface CheckLine {
  /** The part, e.g. `registry`. */
  readonly name: string;
  /** `skipped`: not checked, because another part failed. */
  readonly status: "ok" | "warning" | "failed" | "skipped";
  readonly message: string;
  /** What to do about a warning or failure. */
  readonly nextStep: string | null;
  /** The exit code for the error, if one was thrown. */
  readonly exitCode?: ExitCode;
}

const MARKS = { ok: "✔", warning: "!", failed: "✘", skipped: "-" } as const;

const COLOURS = { ok: "\x1b[32m", warning: "\x1b[33m", failed: "\x1b[31m", skipped: "\x1b[2m" } as const;

/** A line for people, with the next step below it. */
export function checkText({ name, status, message, nextStep }: CheckLine, colours: boolean): string {
  const mark = colours ? `${COLOURS[status]}${MARKS[status]}\x1b[0m` : MARKS[status];
  const line = `${mark} ${name}: ${escapeControls(message)}`;
  return nextStep === null ? line : `${line}\n    next: ${nextStep}`;
}

/** A part that is as it should be. */
export function ok(name: string, message: string): CheckLine {
  return { name, status: "ok", message, nextStep: null };
}

/** A part that can be used, and should be otherwise. */
export function warning(name: string, message: string, nextStep: string | null): CheckLine {
  return { name, status: "warning", message, nextStep };
}

/** A part that cannot be used. */
export function failed(name: string, message: string, nextStep: string | null): CheckLine {
  return { name, status: "failed", message, nextStep };
}

/** A part whose calls failed. */
export function unusable(name: string, error: unknown): CheckLine {
  const failure = failureOf(error);
  if (failure.code === null) throw error;
  const { message, nextStep, exitCode } = failure;
  return { ...failed(name, message, nextStep), exitCode };
}

/** The parts that depend on one that failed. */
export function skipped(names: readonly string[], because: string): readonly CheckLine[] {
  return names.map((name) => ({ name, status: "skipped", message: `not looked at: ${because}`, nextStep: null }));
}
