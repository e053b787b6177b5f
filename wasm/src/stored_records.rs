//! Finds the records of a batch of Kafka's format 2 as it was read, and what is needed of their headers.
//! transport/kafka/record_table_decoder.ts says what the words of an entry mean.

const ID_NAME: &[u8] = b"message_id";
const ID_BYTES: usize = 16;
const SOURCE_NAME: &[u8] = b"src";
const ORIGIN_BYTES: usize = 8;
/// A row number has no more bytes, and no more than this.
const ROW_BYTES: usize = 7;
const LARGEST_ROW: u64 = (1 << 53) - 1;
const REPLAYED_NAME: &[u8] = b"replayed";

const ABSENT: u32 = u32::MAX;
const IS_REPLAYED: u32 = 1;

/// A record; places count from the first byte of all.
#[repr(C)]
pub struct Entry {
    value: [u32; 2],
    key: [u32; 2],
    source: [u32; 2],
    id: u32,
    flags: u32,
}

/// Which records are wanted, and where their places are counted from.
#[repr(C)]
pub struct Wanted {
    /// Offsets less that of the batch: the first one, and one past the last.
    from: f64,
    to: f64,
    /// Added to each offset, and to each place.
    base: f64,
    place: u32,
    count: u32,
}

struct Reader {
    start: *const u8,
    at: *const u8,
    end: *const u8,
    place: u32,
}

/// Notes the wanted ones of the records that the bytes hold. Returns how many those are, or -1 if the bytes are damaged.
///
/// # Safety
/// There are so many bytes, and room for as many entries and offsets as there are records.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn find_records(
    bytes: *const u8,
    length: usize,
    wanted: *const Wanted,
    entries: *mut Entry,
    offsets: *mut f64,
) -> i32 {
    unsafe {
        let wanted = &*wanted;
        let mut reader = Reader { start: bytes, at: bytes, end: bytes.add(length), place: wanted.place };
        let mut found = 0;
        for _ in 0..wanted.count {
            let Some((offset, entry)) = reader.record() else { return -1 };
            if offset >= wanted.from && offset < wanted.to {
                *entries.add(found) = entry;
                *offsets.add(found) = wanted.base + offset;
                found += 1;
            }
        }
        found as i32
    }
}

impl Reader {
    #[inline(always)]
    unsafe fn record(&mut self) -> Option<(f64, Entry)> {
        unsafe {
            self.int()?; // length
            self.take(1)?; // attributes
            self.long()?; // timestamp
            let offset = self.int()?;
            let (key, value) = (self.field()?, self.field()?);
            let mut entry = Entry {
                value: self.places(value),
                key: self.places(key),
                source: [ABSENT, ABSENT],
                id: ABSENT,
                flags: 0,
            };
            for _ in 0..self.int()?.max(0) {
                let length = self.int()?;
                let name = self.take(usize::try_from(length).ok()?)?;
                let content = self.field()?;
                self.note(&mut entry, name, content.unwrap_or(&[]));
            }
            Some((f64::from(offset), entry))
        }
    }

    /// Notes a header. Of several with a name the first one of its form counts.
    #[inline(always)]
    fn note(&self, entry: &mut Entry, name: &[u8], content: &[u8]) {
        if name == SOURCE_NAME {
            if entry.source[0] == ABSENT && is_source(content) {
                entry.source = self.places(Some(content));
            }
        } else if name == ID_NAME {
            if entry.id == ABSENT && content.len() == ID_BYTES {
                entry.id = self.places(Some(content))[0];
            }
        } else if name == REPLAYED_NAME {
            entry.flags |= IS_REPLAYED;
        }
    }

    #[inline(always)]
    fn places(&self, field: Option<&[u8]>) -> [u32; 2] {
        match field {
            None => [ABSENT, ABSENT],
            Some(bytes) => {
                let from = self.place + (bytes.as_ptr() as usize - self.start as usize) as u32;
                [from, from + bytes.len() as u32]
            }
        }
    }

    #[inline(always)]
    unsafe fn take(&mut self, length: usize) -> Option<&'static [u8]> {
        unsafe {
            if length > self.end.offset_from(self.at) as usize {
                return None;
            }
            let bytes = core::slice::from_raw_parts(self.at, length);
            self.at = self.at.add(length);
            Some(bytes)
        }
    }

    /// Nothing, if the length is below 0.
    #[inline(always)]
    unsafe fn field(&mut self) -> Option<Option<&'static [u8]>> {
        unsafe {
            let length = self.int()?;
            if length < 0 { Some(None) } else { Some(Some(self.take(length as usize)?)) }
        }
    }

    #[inline(always)]
    unsafe fn number(&mut self, groups: u32) -> Option<u64> {
        unsafe {
            let mut value = 0;
            for group in 0..groups {
                if self.at == self.end {
                    return None;
                }
                let byte = *self.at;
                self.at = self.at.add(1);
                value |= u64::from(byte & 127) << (7 * group);
                if byte < 128 {
                    return Some(value);
                }
            }
            None
        }
    }

    #[inline(always)]
    unsafe fn int(&mut self) -> Option<i32> {
        unsafe {
            let zigzag = self.number(5)? as u32;
            Some((zigzag >> 1) as i32 ^ -((zigzag & 1) as i32))
        }
    }

    #[inline(always)]
    unsafe fn long(&mut self) -> Option<u64> {
        unsafe { self.number(10) }
    }
}

/// The content of a header that says where a record comes from: an origin, and the row's number without leading zeros.
#[inline(always)]
fn is_source(content: &[u8]) -> bool {
    if content.len() <= ORIGIN_BYTES || content.len() > ORIGIN_BYTES + ROW_BYTES || content[ORIGIN_BYTES] == 0 {
        return false;
    }
    let row = content[ORIGIN_BYTES..].iter().fold(0, |row, &byte| row << 8 | u64::from(byte));
    row <= LARGEST_ROW
}
