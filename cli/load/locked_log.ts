/**
 * A log that takes no sends once another process has the data folder's lock: the lock file was removed while this
 * process slept.
 *
 * @module
 */
import { type Log, LogError, type LogProducer } from "../../transport/log.ts";

/**
 * Checks before each send, and once for those that are made at a time: to other partitions, without anything between. Sends
 * that are in flight already are not called back.
 *
 * @param isHeldNow whether this process still holds the lock
 */
export function lockedLog(log: Log, isHeldNow: () => boolean): Log {
  let known: boolean | null = null;
  const isHeld = () => {
    if (known === null) queueMicrotask(() => known = null);
    return known ??= isHeldNow();
  };
  return {
    admin: log.admin,
    createProducer: async () => {
      if (!isHeld()) throw lockLost();
      const producer = await log.createProducer();
      const send: LogProducer["send"] = (topic, partition, records) =>
        isHeld() ? producer.send(topic, partition, records) : Promise.resolve({ type: "refused", error: lockLost() });
      return { send, close: () => producer.close() };
    },
    read: (topic, partition, options) => log.read(topic, partition, options),
    offsetForTime: (topic, partition, timestamp) => log.offsetForTime(topic, partition, timestamp),
    close: () => log.close(),
  };
}

function lockLost(): LogError {
  return new LogError("lock_lost", "The lock of the data folder was removed, and another process may write by now");
}
