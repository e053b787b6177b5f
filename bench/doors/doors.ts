/**
 * The doors: each way by which trades come in, with the same trades.
 *
 * @module
 */
import type { DoorFormat } from "./door_files.ts";

/** Names of the doors, in the order in which they are shown. */
export const DOOR_NAMES = [
  "asx-ticks",
  "csv",
  "ndjson",
  "binance-trades",
  "massive-trades",
  "produce-trades",
  "produce-trade",
  "shards",
  "large-ticks",
  "large-csv",
  "start",
] as const;

/** Name of a door. */
export type DoorName = typeof DOOR_NAMES[number];

/** A way in. */
export interface Door {
  readonly title: string;
  /** The files that its contestants read, or of whose trades they make objects. */
  readonly format: DoorFormat;
  /** How many trades, see {@link DoorRows}. */
  readonly rows: keyof DoorRows;
  /** Of which time the rate is: by the contestant's own clock, without its start; or that of the whole process. */
  readonly clock: "own" | "process";
  /** Where the trades are from, for `load`. */
  readonly market: "ASX" | "BINANCE" | "NASDAQ";
  /** Words that `load --help` has once it has this door. */
  readonly needs: string | null;
}

/** How many trades a door has. */
export interface DoorRows {
  readonly files: number;
  readonly objects: number;
  readonly large: number;
  readonly start: number;
}

const FILE = { rows: "files", clock: "own", market: "ASX", needs: null } as const;
const OBJECTS = { ...FILE, format: "asx-ticks", rows: "objects" } as const;

/** The table of the doors. */
export const DOORS: Readonly<Record<DoorName, Door>> = {
  "asx-ticks": { ...FILE, title: "tick files", format: "asx-ticks" },
  "csv": { ...FILE, title: "csv with a header", format: "csv" },
  "ndjson": { ...FILE, title: "JSON lines", format: "ndjson" },
  "binance-trades": {
    ...FILE,
    title: "a vendor's files: Binance",
    format: "binance-trades",
    market: "BINANCE",
    needs: "binance-trades",
  },
  "massive-trades": {
    ...FILE,
    title: "a vendor's file: Massive",
    format: "massive-trades",
    market: "NASDAQ",
    needs: "massive-trades",
  },
  "produce-trades": { ...OBJECTS, title: "objects, by 5,000 a call" },
  "produce-trade": { ...OBJECTS, title: "objects, 5,000 calls under way" },
  "shards": { ...FILE, title: "tick files, two shards", format: "asx-ticks", rows: "large", needs: "--shard" },
  "large-ticks": { ...FILE, title: "as many tick rows, one process", format: "asx-ticks", rows: "large" },
  "large-csv": { ...FILE, title: "as many csv rows, one process", format: "csv", rows: "large" },
  "start": {
    ...FILE,
    title: "csv, first rows and start of the process",
    format: "csv",
    rows: "start",
    clock: "process",
  },
};
