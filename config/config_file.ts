/**
 * Reads a JSON file. Its errors say where the file is wrong and never show a piece of it.
 *
 * @module
 */
import { ConfigError } from "./config_error.ts";
import { repeatedKeyProblems } from "./repeated_keys.ts";

/** A config file as read. */
export interface ConfigFile {
  readonly path: string;
  readonly content: object;
}

/** The content of a config file; `null` if there is none and none is required. */
export function readConfigFile(path: string, { required }: { readonly required: boolean }): ConfigFile | null {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound && !required) return null;
    const missing = cause instanceof Deno.errors.NotFound;
    throw problem(path, {
      reason: missing ? "there is no such file." : `it cannot be read: ${cause instanceof Error ? cause.name : cause}.`,
      nextStep: missing ? "Check the path." : "Check its permissions.",
      cause,
    });
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    const place = placeOfError(text);
    // The engine's own message quotes the text around the error, which may be a secret.
    throw problem(path, { reason: `it is not JSON: error${place}.`, nextStep: "Correct it there." });
  }
  const repeated = repeatedKeyProblems(text, `file ${path}`);
  if (repeated.length > 0) throw new ConfigError(repeated);
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw problem(path, { reason: "it does not hold a JSON object.", nextStep: "Start it with { and end it with }." });
  }
  return { path, content };
}

function problem(
  path: string,
  { reason, nextStep, cause }: { readonly reason: string; readonly nextStep: string; readonly cause?: unknown },
): ConfigError {
  return new ConfigError([{ key: "", origin: `file ${path}`, reason, nextStep }], { cause });
}

/**
 * ` in line L, column C`. The engine does not always tell the position, so this searches for the longest prefix that
 * fails only because it ends too early.
 */
function placeOfError(text: string): string {
  let good = 0;
  let bad = text.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (failsAtItsEnd(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  const before = text.slice(0, good).split("\n");
  return ` in line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

function failsAtItsEnd(prefix: string): boolean {
  try {
    JSON.parse(prefix);
    return true;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : "";
    const position = /at position (\d+)/.exec(message)?.[1];
    if (position !== undefined) return Number(position) >= prefix.length || message.startsWith("Unterminated");
    return message.startsWith("Unexpected end");
  }
}
