/**
 * The options of builders besides the record's fields, and the values that builders fill in.
 *
 * @module
 */
import { type Clock, systemClock } from "../kernel/clock.ts";

/** The sources of a builder's time and new ids. */
export interface BuilderOptions {
  /** For `ingestion_timestamp`. @default systemClock */
  readonly clock?: Pick<Clock, "now"> | undefined;
  /** For `message_id`. @default crypto.randomUUID, a UUID of version 4 */
  readonly newId?: (() => string) | undefined;
}

/** Values for required fields that a caller may leave out. */
export interface Fill {
  /** Milliseconds since the epoch. */
  now(): number;
  newId(): string;
}

/** The fill of a builder. */
export function fillOf({ clock = systemClock, newId }: BuilderOptions): Fill {
  return {
    now: () => Math.floor(clock.now()),
    newId: newId ?? (() => crypto.randomUUID()),
  };
}

/**
 * The `trade_id` or `quote_id` of a record whose exchange gives none: `ASX-BHP-1394398634754000-1f0c95a2`, that is
 * exchange, symbol, micros and the first 8 digits of the message id's UUID. If the message id does not begin with 8
 * hexadecimal digits, the whole message id ends the text.
 */
export function defaultRecordId(
  record: { readonly exchange: string; readonly symbol: string; readonly timestamp: number },
  messageId: string,
): string {
  const tail = startsWithHexDigits(messageId) ? messageId.slice(0, 8) : messageId;
  return `${record.exchange}-${record.symbol}-${record.timestamp}-${tail}`;
}

function startsWithHexDigits(text: string): boolean {
  for (let index = 0; index < 8; index += 1) {
    const code = text.charCodeAt(index) | 0x20;
    if (!((code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66))) return false;
  }
  return true;
}
