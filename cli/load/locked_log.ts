/**
 * A log that takes nothing more once the data folder's lock is another process's: its file was removed while this one slept.
 *
 * @module
 */
import { type Log, LogError, type LogProducer } from "../../transport/log.ts";

/**
 * Looks before each send: some microseconds, and a send is that of a whole batch. What is under way then is not called back.
 *
 * @param isHeld whether this process has the lock still
 */
export function lockedLog(log: Log, isHeld: () => boolean): Log {
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
