/**
 * The tables of the index of written ids, and what is asked of them.
 *
 * @module
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Nothing of it is needed after a crash, so that nothing is synced. */
export const SCHEMA = `
  PRAGMA journal_mode = OFF;
  PRAGMA synchronous = OFF;
  -- owner: 0 for a copy that any file may take, -1 for one that is taken, else the number of the file whose it is.
  CREATE TABLE copies (
    n INTEGER PRIMARY KEY, topic INTEGER NOT NULL, id BLOB NOT NULL, origin BLOB, row INTEGER, owner INTEGER NOT NULL, digest INTEGER,
    replayed INTEGER NOT NULL, partition INTEGER, record_offset INTEGER
  ) STRICT;
  CREATE INDEX copies_by_id ON copies (topic, id, owner, row);
  CREATE INDEX copies_by_content ON copies (topic, digest, owner);
  CREATE INDEX copies_by_row ON copies (origin, topic, row) WHERE origin IS NOT NULL;
  -- Contents and ids of rows that the files of the run have, and how many of these have taken no record.
  CREATE TABLE wanted (
    topic INTEGER, digest INTEGER, id BLOB, file INTEGER, rows INTEGER NOT NULL, PRIMARY KEY (topic, digest, id, file)
  ) STRICT, WITHOUT ROWID;
  -- Rows of the run that were not written, since another file has written them.
  CREATE TABLE shared (
    topic INTEGER, digest INTEGER, origin BLOB, row INTEGER, PRIMARY KEY (topic, digest, origin, row)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE replayed (
    topic INTEGER, file INTEGER, row INTEGER, id BLOB NOT NULL, digest INTEGER NOT NULL, PRIMARY KEY (topic, file, row)
  ) STRICT, WITHOUT ROWID;
`;
/** Owner of a copy that any file may take. */
export const ANY_FILE = 0;
const TAKEN = -1;

/** SQL: whether a file has a row of a copy's content. */
function wantedBy(about: string): string {
  return `EXISTS (SELECT 1 FROM wanted AS a WHERE a.topic = copies.topic AND a.digest = copies.digest AND ${about})`;
}

/**
 * SQL: whether a copy is that of another row of the run. One that is a file's own concerns no other file; of those that any may
 * take so many are left as there are rows of their id.
 */
const BY_ANOTHER_ROW = `iif(
  copies.owner = ${ANY_FILE},
  (SELECT count(*) FROM copies AS c
    WHERE c.topic = copies.topic AND c.id = copies.id AND c.owner <> ${TAKEN} AND c.digest = copies.digest)
  <= (SELECT coalesce(sum(a.rows), 0) FROM wanted AS a
    WHERE a.topic = copies.topic AND a.digest = copies.digest AND a.id = copies.id),
  ${wantedBy("a.id = copies.id AND a.file = copies.owner")}
)`;

export type Statements = Readonly<
  Record<
    | "insert"
    | "reserve"
    | "reserveRest"
    | "reserveRow"
    | "own"
    | "sameRow"
    | "anyRow"
    | "content"
    | "want"
    | "served"
    | "alike"
    | "alikeReplayed"
    | "spare"
    | "rows"
    | "take"
    | "other"
    | "alikeElsewhere"
    | "noteShared"
    | "elsewhere"
    | "place"
    | "equal"
    | "byReplay"
    | "noteReplayed"
    | "replayed"
    | "origins"
    | "rowsOf",
    StatementSync
  >
>;

export function statementsOf(database: DatabaseSync): Statements {
  const prepare = (sql: string) => database.prepare(sql);
  return {
    insert: prepare(
      `INSERT INTO copies (topic, id, origin, row, digest, replayed, partition, record_offset, owner)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)`,
    ),
    reserve: prepare("UPDATE copies SET owner = ? WHERE origin = ? AND owner = 0"),
    reserveRest: prepare(
      `UPDATE copies SET owner = ?1 WHERE origin = ?2 AND owner = 0
       AND (${wantedBy("a.file = ?3")} OR NOT ${wantedBy("a.id = copies.id")})`,
    ),
    reserveRow: prepare("UPDATE copies SET owner = ? WHERE origin = ? AND topic = ? AND row = ? AND owner = 0"),
    own: prepare("SELECT id, digest, replayed FROM copies WHERE origin = ? AND topic = ? AND row = ? LIMIT 100"),
    sameRow: prepare(
      `SELECT n FROM copies
       WHERE topic = ? AND id = ? AND owner = ? AND digest = ? AND row = ? AND origin IS NOT ? LIMIT 1`,
    ),
    anyRow: prepare(
      "SELECT n FROM copies WHERE topic = ? AND id = ? AND owner = ? AND digest = ? AND origin IS NOT ? LIMIT 1",
    ),
    content: prepare("SELECT 1 FROM copies WHERE topic = ? AND digest = ? LIMIT 1"),
    want: prepare("INSERT INTO wanted VALUES (?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET rows = rows + 1"),
    served: prepare("UPDATE wanted SET rows = rows - 1 WHERE topic = ? AND digest = ? AND id = ? AND file = ?"),
    alike: prepare(
      `SELECT n FROM copies
       WHERE topic = ? AND digest = ? AND owner = ? AND origin IS NOT ? AND NOT ${BY_ANOTHER_ROW} LIMIT 1`,
    ),
    alikeReplayed: prepare(
      `SELECT n FROM copies
       WHERE topic = ? AND digest = ? AND owner = ? AND replayed = 1 AND origin IS NOT ? AND NOT ${BY_ANOTHER_ROW}
       LIMIT 1`,
    ),
    spare: prepare(
      `SELECT owner, count(DISTINCT hex(origin) || row) + count(*) FILTER (WHERE origin IS NULL) AS copies
       FROM copies WHERE topic = ? AND digest = ? AND owner <> ${TAKEN} GROUP BY owner`,
    ),
    rows: prepare("SELECT coalesce(sum(rows), 0) AS rows FROM wanted WHERE topic = ? AND digest = ?"),
    take: prepare(`UPDATE copies SET owner = ${TAKEN} WHERE n = ?`),
    other: prepare("SELECT 1 FROM copies WHERE topic = ? AND id = ? AND digest = ? AND origin IS NOT ? LIMIT 1"),
    // Of a record that names no row, each counts.
    alikeElsewhere: prepare(
      `WITH rows_of AS (
         SELECT origin, ifnull(row, -n) AS row FROM copies WHERE topic = ?1 AND digest = ?2
         UNION SELECT origin, row FROM shared WHERE topic = ?1 AND digest = ?2
       )
       SELECT 1 FROM rows_of WHERE origin IS NOT ?3 GROUP BY origin
       HAVING count(*) > (SELECT count(*) FROM rows_of WHERE origin = ?3 AND row < ?4) LIMIT 1`,
    ),
    noteShared: prepare("INSERT OR IGNORE INTO shared VALUES (?, ?, ?, ?)"),
    elsewhere: prepare("SELECT 1 FROM copies WHERE topic = ? AND id = ? AND origin IS NOT ? LIMIT 1"),
    place: prepare(
      `SELECT partition, record_offset FROM copies
       WHERE topic = ? AND id = ? AND origin IS NOT ? AND partition IS NOT NULL LIMIT 1`,
    ),
    equal: prepare("SELECT 1 FROM copies WHERE topic = ? AND id = ? AND digest = ? LIMIT 1"),
    byReplay: prepare("SELECT 1 FROM copies WHERE topic = ? AND id = ? AND replayed = 1 LIMIT 1"),
    noteReplayed: prepare("INSERT OR REPLACE INTO replayed VALUES (?, ?, ?, ?, ?)"),
    replayed: prepare("SELECT id, digest FROM replayed WHERE topic = ? AND file = ? AND row = ?"),
    origins: prepare(
      `SELECT DISTINCT origin FROM copies
       WHERE topic = ? AND id = ? AND digest = ? AND row = ? AND origin IS NOT NULL AND replayed = 0`,
    ),
    rowsOf: prepare("SELECT count(DISTINCT row) AS rows FROM copies WHERE origin = ? AND topic = ? AND replayed = 0"),
  };
}
