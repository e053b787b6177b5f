/**
 * How a topic differs from what would have been created.
 *
 * @module
 */
import type { TopicLayout } from "../../config/topics.ts";
import type { TopicDescription } from "../../transport/log.ts";

/** One phrase per difference; empty if there is none. */
export function layoutDifferences(there: TopicDescription, layout: TopicLayout): readonly string[] {
  const differences: string[] = [];
  if (there.partitions !== layout.partitions) {
    differences.push(`${there.partitions} partitions instead of ${layout.partitions}`);
  }
  if (layout.replicationFactor !== undefined && there.replicationFactor !== layout.replicationFactor) {
    differences.push(`replication factor ${there.replicationFactor} instead of ${layout.replicationFactor}`);
  }
  for (const [name, wanted] of Object.entries(layout.config)) {
    const found = there.config[name];
    if (found !== undefined && found !== wanted) differences.push(`${name} ${found} instead of ${wanted}`);
  }
  return differences;
}
