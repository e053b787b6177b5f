/**
 * The local date of an instant, for counts by trade date.
 *
 * @module
 */

const MICROS_PER_SECOND = 1_000_000;

/** Local dates of one time zone. Rows mostly come in time order, so it keeps the last answer for its second. */
export class LocalDates {
  readonly #timeZone: string;
  #second = NaN;
  #date = "";

  /** @param timeZone IANA name. */
  constructor(timeZone: string) {
    this.#timeZone = timeZone;
  }

  /** YYYY-MM-DD of an instant in micros since the epoch. */
  of(micros: number): string {
    const second = Math.floor(micros / MICROS_PER_SECOND);
    if (second !== this.#second) {
      const instant = Temporal.Instant.fromEpochMilliseconds(second * 1000);
      this.#date = instant.toZonedDateTimeISO(this.#timeZone).toPlainDate().toString();
      this.#second = second;
    }
    return this.#date;
  }
}
