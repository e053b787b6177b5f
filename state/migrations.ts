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
];
