//! Reads the instants of rows that are alike.

use crate::alike_rows::Job;
use crate::cells::Cells;
use crate::plain_text::{is_same, number, two_digits};

const MICROS_PER_SECOND: i64 = 1_000_000;
const MAX_SAFE: u64 = (1 << 53) - 1;

/// Instants are counts since the epoch in one cell; else a date that is known and a time of day of a fixed width.
const EPOCH: u32 = 0;

impl Job {
    /// Micros since the epoch of a row, if nothing is finer and the instant is of the known date.
    #[inline(always)]
    pub unsafe fn micros_of(&self, cells: &Cells) -> Option<i64> {
        unsafe {
            let slot = self.instant_slot as usize;
            let (start, end) = (cells.starts[slot] as *const u8, cells.ends[slot] as *const u8);
            let micros =
                if self.instant == EPOCH { self.epoch(start, end)? } else { self.date_and_time(cells, start, end)? };
            let number = micros as f64;
            if number >= self.earliest && number < self.until { Some(micros) } else { None }
        }
    }

    #[inline(always)]
    unsafe fn epoch(&self, start: *const u8, end: *const u8) -> Option<i64> {
        unsafe {
            let length = end as usize - start as usize;
            if length == 0 || length > 19 {
                return None;
            }
            let value = number(start, length)?;
            let micros = match self.unit_micros {
                0 if value.is_multiple_of(1000) => value / 1000,
                0 => return None,
                unit => value.checked_mul(u64::from(unit))?,
            };
            if micros <= MAX_SAFE { Some(micros as i64) } else { None }
        }
    }

    #[inline(always)]
    unsafe fn date_and_time(&self, cells: &Cells, start: *const u8, end: *const u8) -> Option<i64> {
        unsafe {
            let length = self.date_length as usize;
            if length > 0 {
                let date = cells.starts[self.date_slot as usize];
                if cells.ends[self.date_slot as usize] - date != length
                    || !is_same(date as *const u8, self.date, length)
                {
                    return None;
                }
            }
            if end as usize - start as usize != self.time_length as usize {
                return None;
            }
            for index in 0..self.literal_count as usize {
                let literal = *self.literals.add(index);
                if u32::from(*start.add((literal >> 8) as usize)) != literal & 255 {
                    return None;
                }
            }
            let hour = two_digits(start.add(self.hour as usize))?;
            let minute = two_digits(start.add(self.minute as usize))?;
            let second = two_digits(start.add(self.second as usize))?;
            if hour > 23 || minute > 59 || second > 59 {
                return None;
            }
            let mut fraction = number(start.add(self.fraction as usize), self.fraction_digits as usize)? as i64;
            for _ in self.fraction_digits..6 {
                fraction *= 10;
            }
            for _ in 6..self.fraction_digits {
                if fraction % 10 != 0 {
                    return None;
                }
                fraction /= 10;
            }
            let seconds = i64::from((hour * 60 + minute) * 60 + second);
            Some(self.midnight as i64 + seconds * MICROS_PER_SECOND + fraction)
        }
    }
}
