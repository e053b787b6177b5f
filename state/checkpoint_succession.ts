/**
 * Which checkpoint may follow a stored one of the same source, and what it takes over from that.
 *
 * @module
 */
import { canonicalFlags, type Checkpoint } from "./checkpoint.ts";

/** Bounds the origins, so that a file which is changed before each load does not grow its checkpoint without end. */
const MAX_FORMER_ORIGINS = 32;

/** The origins of the loads of a source before one that begins, the latest first. */
export function formerOriginsOf(before: Checkpoint, { origin }: Checkpoint): string[] | undefined {
  const former = [before.origin, ...before.formerOrigins ?? []].filter((one): one is string => {
    return one !== null && one !== origin;
  });
  return former.length === 0 ? undefined : former.slice(0, MAX_FORMER_ORIGINS);
}

/** What makes two checkpoints of one key those of two loads; null if nothing. */
export function differenceOf(stored: Checkpoint, next: Checkpoint): string | null {
  if (canonicalFlags(stored.flags) !== canonicalFlags(next.flags)) return "its flags differ";
  if (stored.origin !== next.origin) return `its origin is ${next.origin}, not ${stored.origin}`;
  if (stored.clusterId !== next.clusterId) return `cluster ${next.clusterId} is not ${stored.clusterId}`;
  for (const topic of stored.topics) {
    const same = next.topics.find(({ name }) => name === topic.name);
    if (same === undefined) return `topic ${topic.name} is missing`;
    if (same.id !== null && topic.id !== null && same.id !== topic.id) return `topic ${topic.name} has another id`;
  }
  return null;
}

/** Whether the last row of the stored one was half, and the next one is past the whole of it. */
export function hasReadAgain({ position: stored }: Checkpoint, { position: next }: Checkpoint): boolean {
  return stored.at.unended !== undefined && (next.at.again ?? 0) > (stored.at.again ?? 0);
}

function placeOf({ position: { row, at: { line, offset } } }: Checkpoint) {
  return { row, line, offset };
}

/** In what the next checkpoint is behind the stored one; null if in nothing. */
export function regressionOf(stored: Checkpoint, next: Checkpoint): string | null {
  const before = placeOf(stored), now = placeOf(next);
  for (const part of ["row", "line", "offset"] as const) {
    if (now[part] < before[part]) return `from ${part} ${before[part]} to ${now[part]}`;
  }
  for (const topic of stored.topics) {
    const after = next.topics.find(({ name }) => name === topic.name)?.next ?? [];
    const partition = topic.next.findIndex((offset, index) => (after[index] ?? -1n) < offset);
    if (partition >= 0) return `in partition ${partition} of ${topic.name}`;
  }
  return null;
}
