/**
 * The formats of the state database: element `n` turns format `n` into format `n + 1`. Only ever appended to, because
 * databases of every earlier format exist.
 *
 * @module
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE dead_letters (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     source TEXT NOT NULL,
     data_type TEXT NOT NULL,
     row INTEGER NOT NULL,
     -- The schema version that could not be written, '-' if the row itself is bad.
     target TEXT NOT NULL,
     file TEXT NOT NULL,
     line INTEGER NOT NULL,
     byte_offset INTEGER NOT NULL,
     byte_length INTEGER NOT NULL,
     stage TEXT NOT NULL,
     rule TEXT NOT NULL,
     reason TEXT NOT NULL,
     original BLOB NOT NULL,
     message_id TEXT,
     recorded_at INTEGER NOT NULL,
     UNIQUE (source, data_type, row, target)
   ) STRICT;
   CREATE INDEX dead_letters_by_rule ON dead_letters (rule);`,

  // SQLite does not notice a changed bit within a value; these columns do.
  `CREATE TABLE checkpoints (
     id INTEGER PRIMARY KEY,
     source TEXT NOT NULL,
     versions TEXT NOT NULL,
     -- JSON.
     body TEXT NOT NULL,
     -- SHA-256 over source, versions and body.
     digest BLOB NOT NULL,
     UNIQUE (source, versions)
   ) STRICT;
   -- CRC-32 over what is known of the row; null for letters of the format before.
   ALTER TABLE dead_letters ADD COLUMN checksum INTEGER;`,

  // A letter is of one load: that of a source under one setting of the version flag. SQLite changes no constraint, so
  // that the table is made anew, in the pages of the old one: a page that is free could be cut off unseen. Ids
  // continue.
  `CREATE TEMP TABLE old_letters AS SELECT * FROM dead_letters;
   CREATE TEMP TABLE old_sequence AS SELECT * FROM sqlite_sequence WHERE name = 'dead_letters';
   DROP TABLE dead_letters;
   CREATE TABLE dead_letters (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     source TEXT NOT NULL,
     data_type TEXT NOT NULL,
     row INTEGER NOT NULL,
     target TEXT NOT NULL,
     -- The version flag of the load, '-' for letters of the format before.
     versions TEXT NOT NULL,
     file TEXT NOT NULL,
     line INTEGER NOT NULL,
     byte_offset INTEGER NOT NULL,
     byte_length INTEGER NOT NULL,
     stage TEXT NOT NULL,
     rule TEXT NOT NULL,
     reason TEXT NOT NULL,
     original BLOB NOT NULL,
     message_id TEXT,
     recorded_at INTEGER NOT NULL,
     checksum INTEGER,
     -- Since when and why it is of no load any more; null while it is open.
     retired_at INTEGER,
     retired_why TEXT,
     UNIQUE (source, data_type, versions, row, target)
   ) STRICT;
   CREATE INDEX dead_letters_by_rule ON dead_letters (rule);
   INSERT INTO dead_letters SELECT id, source, data_type, row, target, '-', file, line, byte_offset, byte_length, stage, rule,
     reason, original, message_id, recorded_at, checksum, NULL, NULL FROM old_letters;
   DELETE FROM sqlite_sequence WHERE name = 'dead_letters';
   INSERT INTO sqlite_sequence SELECT * FROM old_sequence;
   DROP TABLE old_letters;
   DROP TABLE old_sequence;`,

  // The header of the csv file that the row was read from; null where there is none, and for letters of the format before.
  `ALTER TABLE dead_letters ADD COLUMN header TEXT;`,

  // The origin of the load that refused the row; null where the records of a load name none, and for letters of the format before.
  `ALTER TABLE dead_letters ADD COLUMN origin TEXT;`,

  // Letters of one row may stand under several sources: those of a file that was renamed between two loads of it.
  `CREATE INDEX dead_letters_by_origin ON dead_letters (origin, row);`,

  // How far exports and replays of dead letters have come stood among the checkpoints.
  `CREATE TABLE marks (
     kind TEXT NOT NULL,
     name TEXT NOT NULL,
     -- JSON.
     body TEXT NOT NULL,
     -- SHA-256 over kind, name and body; null for marks of the format before.
     digest BLOB,
     PRIMARY KEY (kind, name)
   ) STRICT;
   INSERT INTO marks (kind, name, body)
     SELECT 'export', substr(source, 8), CASE WHEN json_valid(body) THEN json_object(
       'exportId', body -> '$.flags.export', 'last', body -> '$.position.row',
       'topicId', body -> '$.topics[0].id', 'next', body -> '$.topics[0].next') ELSE '' END
     FROM checkpoints WHERE source GLOB 'export:*';
   INSERT INTO marks (kind, name, body)
     SELECT 'replay', substr(source, 8) || ' ' || versions, CASE WHEN json_valid(body) THEN json_object(
       'next', body -> '$.topics[0].next',
       'reopened', json(iif(json_type(body, '$.ahead') = 'null', 'true', 'false'))) ELSE '' END
     FROM checkpoints WHERE source GLOB 'replay:*';
   DELETE FROM checkpoints WHERE source GLOB 'export:*' OR source GLOB 'replay:*';`,

  // A replay asks for the letters of each row: without it each answer took as long as all letters of the source.
  `CREATE INDEX dead_letters_by_row ON dead_letters (source, data_type, row);`,
];
