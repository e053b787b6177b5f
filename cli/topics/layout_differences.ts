/**
 * How a topic differs from a topic that this program would create, and from the replaced platform's.
 *
 * @module
 */
import { isCompacted } from "../../config/compacted_topics.ts";
import type { TopicLayout } from "../../config/topics.ts";
import type { TopicDescription } from "../../transport/log.ts";

/** How long the platform keeps trades and quotes. Our topics keep them as the brokers or `topics.config` say. */
const PLATFORM_RETENTION_DAYS = 7;
const DAY_MS = 86_400_000;

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
  const retention = shortRetention(there, layout);
  return retention === null ? differences : [...differences, retention];
}

/** The topic deletes records earlier than the platform's consumers expect; -1 keeps them forever. */
function shortRetention({ config }: TopicDescription, layout: TopicLayout): string | null {
  const milliseconds = Number(config["retention.ms"] ?? -1);
  if (isCompacted(config) || layout.config["retention.ms"] !== undefined) return null;
  if (milliseconds < 0 || milliseconds >= PLATFORM_RETENTION_DAYS * DAY_MS) return null;
  return `retention.ms ${milliseconds}, less than the replaced platform's ${PLATFORM_RETENTION_DAYS} days`;
}
