import type { SupervisedChild } from "./supervised_child.ts";
import type { RestartStrategy } from "./types.ts";

/**
 * The children that share the fate of a failed one, in start order; those whose first start is still on are left alone.
 * With one_for_one nobody does, and the supervisor does not ask.
 */
export function restartGroup(
  strategy: RestartStrategy,
  children: readonly SupervisedChild[],
  failed: SupervisedChild,
): SupervisedChild[] {
  const first = strategy === "rest_for_one" ? Math.max(0, children.indexOf(failed)) : 0;
  return children.slice(first).filter((child) => child.introduction === undefined);
}
