/**
 * The error that says that nothing is written to a topic because of what it holds.
 *
 * @module
 */

/** Why nothing is written to a topic. */
export type TopicRefusal =
  | "foreign_record" // it holds records that are neither v1 nor v2 of the kind, or are not known to be
  | "mixed_versions" // it holds the other version, and topics.mixed refuses that
  | "other_partitioner"; // its keys are where another rule puts them

/** Nothing was written to the topic. A setting helps, or another topic; the message names both. */
export class TopicRefusedError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "TopicRefusedError";
  /**
   * Made before anything is written to the topic.
   *
   * @param code why nothing is written
   * @param topic name of the topic
   */
  constructor(readonly code: TopicRefusal, readonly topic: string, message: string) {
    super(message);
  }
}
