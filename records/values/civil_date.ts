/**
 * Days of the proleptic Gregorian calendar as day numbers (0 is 1970-01-01), with plain number arithmetic.
 *
 * @module
 */

/** Microseconds of a day of 24 hours. */
export const MICROS_PER_DAY = 86_400_000_000;

const DAYS_PER_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** Whether the calendar has this day: 30 February, month 13 and fractions are none. Years from 0 to 9999. */
export function isCivilDate(year: number, month: number, day: number): boolean {
  if (!Number.isInteger(year) || year < 0 || year > 9999 || !Number.isInteger(day) || day < 1) return false;
  const days = DAYS_PER_MONTH[month - 1];
  if (days === undefined) return false;
  return day <= days || (month === 2 && day === 29 && isLeapYear(year));
}

/** The day number of a date that {@link isCivilDate}. */
export function dayNumber(year: number, month: number, day: number): number {
  // Years are counted from March, so that the leap day is the last of its year.
  const shiftedYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const monthFromMarch = (month + 9) % 12;
  const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}
