/**
 * Suggestions for a misspelt word.
 *
 * @module
 */

/** Longer words are not compared: no name is that long, and the cost grows with the product of the lengths. */
const MAX_WORD_LENGTH = 64;

/**
 * Edits between two words, where an edit inserts, deletes or replaces one character or swaps two neighbours (optimal
 * string alignment). Stops early and returns `limit + 1` when the words differ by more than `limit`.
 */
export function editDistance(a: string, b: string, limit: number = MAX_WORD_LENGTH): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let best = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let edits = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(edits);
      best = Math.min(best, edits);
    }
    if (best > limit) return limit + 1;
    beforeLast = last;
    last = row;
  }
  return Math.min(last[b.length] ?? 0, limit + 1);
}

/**
 * The candidate that the user most likely meant, `null` if none is close. At most a third of the characters may be
 * wrong; case does not count; the first of equally close candidates wins.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.equal(didYouMean("borkers", ["brokers", "registry"]), "brokers");
 * assert.equal(didYouMean("colour", ["brokers", "registry"]), null);
 * ```
 */
export function didYouMean(word: string, candidates: Iterable<string>): string | null {
  if (word.length === 0 || word.length > MAX_WORD_LENGTH) return null;
  const folded = word.toLowerCase();
  let closest: string | null = null;
  let fewest = Infinity;
  for (const candidate of candidates) {
    const limit = Math.min(fewest - 1, Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3)));
    if (candidate.length < 2) continue;
    const edits = editDistance(folded, candidate.toLowerCase(), limit);
    if (edits <= limit) {
      fewest = edits;
      closest = candidate;
    }
    if (fewest === 0) break;
  }
  return closest;
}

/** ` Did you mean "NAME"?`, or empty text: the end of an error message. */
export function suggestionFor(word: string, candidates: Iterable<string>): string {
  const suggestion = didYouMean(word, candidates);
  return suggestion === null ? "" : ` Did you mean "${suggestion}"?`;
}
