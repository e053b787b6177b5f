/**
 * Names with placeholders in braces, of topics and of subjects.
 *
 * @module
 */
import { suggestionFor } from "./did_you_mean.ts";

/** Why a pattern's placeholders are wrong, `null` if all of them are known. */
export function patternProblem(pattern: string, placeholders: readonly string[]): string | null {
  for (const [whole, name = ""] of pattern.matchAll(/\{([^{}]*)\}/g)) {
    if (!placeholders.includes(name)) {
      const hint = suggestionFor(name, placeholders) || ` Known: ${placeholders.map((p) => `{${p}}`).join(" ")}.`;
      return `${whole} is not a placeholder.${hint}`;
    }
  }
  if (/[{}]/.test(pattern.replaceAll(/\{[^{}]*\}/g, ""))) return "its braces do not match";
  return null;
}

/** The name: replaces each placeholder by its value, taken literally; a placeholder without a value stays. */
export function fillPattern(pattern: string, values: Readonly<Record<string, string>>): string {
  return pattern.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
