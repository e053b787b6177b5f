/**
 * The parts of a date and a time of day, as a pattern reads them.
 *
 * @module
 */

/** The parts that a pattern can have. Those that it has not stay 0. */
export class TimeParts {
  year = 0;
  month = 0;
  day = 0;
  hour = 0;
  minute = 0;
  second = 0;
  /** Nanoseconds past the second. */
  nanos = 0;
  /** Local time minus UTC. */
  offsetMinutes = 0;

  /** Micros since midnight; NaN if there is no such time of day. */
  get microsOfDay(): number {
    const { hour, minute, second, nanos } = this;
    if (hour > 23 || minute > 59 || second > 59) return NaN;
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + (nanos / 1000 | 0);
  }
}
