/**
 * The local date of an instant, for counts by trade date.
 *
 * @module
 */

const MICROS_PER_MILLI = 1_000;

/** Local dates of one time zone. Rows mostly stay on one date, so it keeps the last one with its bounds. */
export class LocalDates {
  readonly #timeZone: string;
  #from = NaN;
  #until = NaN;
  #date = "";

  /** @param timeZone IANA name. */
  constructor(timeZone: string) {
    this.#timeZone = timeZone;
  }

  /** The first instant of the date that was returned last, and the first one after it; NaN if there is none. */
  get bounds(): readonly [from: number, until: number] {
    return [this.#from, this.#until];
  }

  /** YYYY-MM-DD of an instant in micros since the epoch. */
  of(micros: number): string {
    if (micros >= this.#from && micros < this.#until) return this.#date;
    const instant = Temporal.Instant.fromEpochMilliseconds(Math.floor(micros / MICROS_PER_MILLI));
    const date = instant.toZonedDateTimeISO(this.#timeZone).toPlainDate();
    this.#from = startOf(date, this.#timeZone);
    this.#until = startOf(date.add({ days: 1 }), this.#timeZone);
    this.#date = date.toString();
    return this.#date;
  }
}

/** Micros of the first instant of a date. */
function startOf(date: Temporal.PlainDate, timeZone: string): number {
  return date.toZonedDateTime(timeZone).epochMilliseconds * MICROS_PER_MILLI;
}
