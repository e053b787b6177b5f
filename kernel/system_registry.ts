/**
 * Lets the test kit reach the tree behind a system, without a way to it on the public type.
 *
 * @module
 */
import type { TreeNode } from "./tree_node.ts";
import type { ActorSystem } from "./types.ts";

const roots = new WeakMap<ActorSystem, TreeNode>();

export function registerSystem(system: ActorSystem, root: TreeNode): void {
  roots.set(system, root);
}

export function rootOf(system: ActorSystem): TreeNode | undefined {
  return roots.get(system);
}
