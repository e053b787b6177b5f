/**
 * The converter: rows in, encoded records out, for each target version of the batch. It keeps nothing between batches. A
 * row that cannot be written as a version is refused with its rule; what throws otherwise is a bug, and the batch goes
 * back to its source.
 *
 * @module
 */
import { encodeRows } from "../encoding/encode_rows.ts";
import type { ActorSpec } from "../../kernel/types.ts";
import type { ConverterMessage } from "../messages.ts";
import { verifyEncoding } from "./verify_encoding.ts";

/** Options of the converter. */
export interface ConverterOptions {
  /** @default "converter" */
  readonly id?: string;
  /** Mailbox bound, in batches. @default 8 */
  readonly capacity?: number;
  /**
   * Reads each record back before it is sent; a record that does not match its row crashes the converter. @default
   * false
   */
  readonly verify?: boolean;
}

/** The spec of a converter. */
export function converterActor(options: ConverterOptions = {}): ActorSpec<ConverterMessage> {
  return {
    id: options.id ?? "converter",
    capacity: options.capacity ?? 8,
    obligation: (message) => message.delivery,
    start: (context) => ({
      async receive(message) {
        const timestamp = context.clock.now();
        for (const [index, target] of message.targets.entries()) {
          const records = encodeRows(message, index, target);
          if (target.schema === null && records.length > 0) {
            throw new TypeError(`Records for topic "${target.topic}" before its schema has an id`);
          }
          if (options.verify === true) verifyEncoding(message, target, records);
          const part = message.delivery.openPart(index, target.topic, records.length);
          const { place, epoch } = message;
          try {
            await target.producer.send(
              { type: "records_encoded", place, epoch, timestamp, records, part },
              { signal: context.signal },
            );
          } catch (cause) {
            part.fail(cause);
            throw cause;
          }
        }
        message.delivery.finish();
      },
    }),
  };
}
