/**
 * Defines supervisors.
 *
 * @module
 */
import { SupervisorNode } from "./supervisor_node.ts";
import type { SupervisorSlot, SupervisorSpec } from "./types.ts";

/**
 * Makes a supervisor's place in the tree. Children start in order and stop in reverse; the supervisor restarts a failed
 * child alone.
 *
 * @throws {TypeError} if an id is empty, has a slash or stands twice, or a child has its place elsewhere
 * @throws {RangeError} if a number of the budget or the backoff is out of range
 */
export function defineSupervisor(spec: SupervisorSpec): SupervisorSlot {
  const { id, budget, backoff } = spec;
  const rules: readonly [field: string, value: number, holds: boolean, rule: string][] = [
    ["budget.intensity", budget.intensity, isCount(budget.intensity), "an integer of 0 or more"],
    ["budget.periodMs", budget.periodMs, budget.periodMs > 0, "positive"],
    ["backoff.minMs", backoff.minMs, backoff.minMs >= 0, "0 or more"],
    ["backoff.maxMs", backoff.maxMs, backoff.maxMs >= backoff.minMs, "minMs or more"],
    ["backoff.resetAfterMs", backoff.resetAfterMs, backoff.resetAfterMs >= 0, "0 or more"],
  ];
  for (const [field, value, holds, rule] of rules) {
    if (!holds) throw new RangeError(`Cannot define supervisor "${id}" as ${field} must be ${rule}: it is ${value}`);
  }
  const ids = spec.children.map((child) => child.id);
  const twice = ids.find((child, index) => ids.indexOf(child) !== index);
  if (twice !== undefined) {
    throw new TypeError(`Cannot define supervisor "${id}" as two children have the id "${twice}"`);
  }
  return new SupervisorNode(spec);
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}
