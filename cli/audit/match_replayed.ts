/**
 * Compares records under the id by row number of a row. A replay gives such an id to a row whose fields could not be
 * read when it was loaded. A row that is also there under its other id counts as a duplicate.
 *
 * @module
 */
import { START_BY_ROW } from "../../records/content/file_position.ts";
import type { SchemaVersion } from "../../schemas/record_types.ts";
import type { RowSource } from "../../sources/source.ts";
import { readRows } from "./encoded_rows.ts";
import {
  bucketOf,
  BY_ROW,
  flagsOf,
  hashOf,
  NO_ID,
  ordinalOf,
  RECORD,
  recordMore,
  recordRowOf,
  ROW,
  rowDay,
  rowMore,
} from "./entries.ts";
import { type Comparison, PairNotes } from "./match_by_id.ts";
import { NO_ROW, RowGroups } from "./row_groups.ts";
import { BUCKETS, Spill, type SpillRoom } from "./spill.ts";

/**
 * Takes the strangers that are such records.
 *
 * @param rest called with each other stranger
 */
export async function matchReplayed(
  comparison: Comparison,
  { sources, version, room }: {
    readonly sources: readonly RowSource[];
    readonly version: SchemaVersion;
    readonly room: SpillRoom;
  },
  rest: (words: Uint32Array, at: number) => void,
): Promise<void> {
  const { strangers } = comparison.leftovers;
  if (strangers.size === 0) return;
  using numbered = new Spill(ROW.words, room);
  for (const [file, source] of sources.entries()) {
    // A stream can be read only once.
    if (source.resumable) await addNumbered(numbered, comparison, { source, file, version });
  }
  const pairs = new PairNotes(comparison);
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const groups = new RowGroups(numbered.whole(bucket, { last: true }), {
      acrossFiles: "each",
      ofKey: "each",
      match: "ids",
      fileOf: () => 0,
    });
    for (const words of strangers.read(bucket, { last: true })) {
      for (let at = 0; at < words.length; at += RECORD.words) {
        if (!isReplayOf(groups, words, at, { comparison, pairs })) rest(words, at);
      }
    }
  }
}

/** Adds the rows of a source that may be those of strangers, under their ids by row number. */
async function addNumbered(
  numbered: Spill,
  { expected, leftovers }: Comparison,
  { source, file, version }: { readonly source: RowSource; readonly file: number; readonly version: SchemaVersion },
): Promise<void> {
  const entry = new Uint32Array(ROW.words), start = expected.startOf(file);
  await readRows(source, { version, from: START_BY_ROW }, ({ at, id, digest, hasVenueId, tradeDate }) => {
    const [a = 0, b = 0, c = 0, d = 0] = id, index = start + at;
    if (!leftovers.strangerIds.mayHave(hashOf(a, b, c, d)) || !expected.wanted.has(index)) return;
    entry.set(id, ROW.key);
    entry[ROW.content] = digest[0] ?? 0;
    entry[ROW.content + 1] = digest[1] ?? 0;
    entry[ROW.index] = index;
    entry[ROW.more] = rowMore(index, { day: expected.dayOf(tradeDate), hasVenueId });
    numbered.add(bucketOf(a, b, c, d), entry);
  });
}

function isReplayOf(
  groups: RowGroups,
  words: Uint32Array,
  at: number,
  { comparison: { expected, tally }, pairs }: { readonly comparison: Comparison; readonly pairs: PairNotes },
): boolean {
  const more = words[at + RECORD.more] ?? 0, flags = flagsOf(more);
  const row = (flags & NO_ID) !== 0 ? NO_ROW : groups.find(words, at);
  if (row === NO_ROW) return false;
  const index = groups.index(row), ordinal = ordinalOf(words[at + RECORD.ordinal] ?? 0, more);
  if (expected.found.has(index)) {
    tally.isTwice({ ordinal, index });
    return true;
  }
  expected.find(index, rowDay(groups.words, row * ROW.words));
  tally.found += 1;
  tally.replayed += 1;
  if (groups.isLike(row, words, at + RECORD.content)) {
    const number = recordRowOf(words[at + RECORD.row] ?? 0, more);
    pairs.add(words, at, { index, more: recordMore(ordinal, { row: number, flags: flags | BY_ROW }) });
  } else tally.isDifferent({ ordinal, index });
  return true;
}
