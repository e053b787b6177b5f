/**
 * What SQLite will pass over in silence when it opens a database after a crash. It takes the write-ahead log up to the last
 * whole commit and drops the rest: mostly a commit that was never reported as done, but after a damage of the file also
 * commits that were. What was promised on their strength is then not so. docs/decisions/wal.md says why it is read.
 *
 * The formats read here are SQLite's documented ones: fileformat2.html section 4, walformat.html section 2.
 *
 * @module
 */
import { endianness } from "node:os";
import { guarded } from "../storage/storage_error.ts";

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** The lowest bit says in which byte order the checksums are computed: 0 little, 1 big. */
const MAGIC = 0x377f0682;

/**
 * Whether SQLite will drop commits that were reported as done, when it opens a database that no process has open. The log
 * cannot show that it was cut between two commits; the index beside it (`-shm`), which a crash of the process leaves, can.
 *
 * @throws {StorageError} `inaccessible`
 */
export function losesCommits(databaseFile: string): boolean {
  return guarded(databaseFile, () => isLost(readLog(`${databaseFile}-wal`), readIndex(`${databaseFile}-shm`)));
}

function isLost(log: LogReport, index: IndexReport | null): boolean {
  const known = index !== null && (log.salts === null || sameSalts(index.salts, log.salts)) ? index : null;
  if (known !== null && known.frames > Math.max(log.committedFrames, known.backfilled)) return true;
  if (log.salts === null) return known === null && log.droppedCommits > 0;
  // One end of a commit may be that of the commit that was under way: its frames need not reach the disk in order.
  return log.droppedCommits > 1;
}

type Salts = readonly [number, number];
/** The running checksum, in two halves. */
type Sums = readonly [number, number];

interface LogReport {
  /** Tell one generation of the log from the next; null if the header is unusable. */
  readonly salts: Salts | null;
  /** Frames up to the last whole commit. */
  readonly committedFrames: number;
  /** Ends of commits among what is dropped. */
  readonly droppedCommits: number;
}

const NO_LOG: LogReport = { salts: null, committedFrames: 0, droppedCommits: 0 };

function readLog(file: string): LogReport {
  using handle = openIfThere(file);
  if (handle === null) return NO_LOG;
  const { size } = handle.statSync();
  const header = readAt(handle, 0, HEADER_BYTES);
  // Cut off within the header: the very first commit was not finished.
  if (header === null) return NO_LOG;
  const pageBytes = header.getUint32(8);
  const littleEndian = (header.getUint32(0) & 1) === 0;
  const sums = checksum(header, { from: 0, to: 24, littleEndian, start: [0, 0] });
  const intact = (header.getUint32(0) & ~1) >>> 0 === MAGIC && isPageSize(pageBytes) &&
    sums[0] === header.getUint32(24) && sums[1] === header.getUint32(28);
  // Without its header nothing of the log is used.
  if (!intact) return { ...NO_LOG, droppedCommits: size > HEADER_BYTES ? 1 : 0 };
  return readFrames(handle, { salts: [header.getUint32(16), header.getUint32(20)], pageBytes, littleEndian, sums });
}

function readFrames(
  handle: Deno.FsFile,
  log: { readonly salts: Salts; readonly pageBytes: number; readonly littleEndian: boolean; readonly sums: Sums },
): LogReport {
  const { salts, pageBytes, littleEndian } = log;
  const { size } = handle.statSync();
  const frameBytes = FRAME_HEADER_BYTES + pageBytes;
  let sums: Sums | null = log.sums;
  let committedFrames = 0;
  let droppedCommits = 0;
  for (let at = HEADER_BYTES; at < size; at += frameBytes) {
    const frame = readAt(handle, at, frameBytes);
    // Cut off, or of the generation before, which the log has not overwritten yet.
    if (frame === null || !sameSalts(salts, [frame.getUint32(8), frame.getUint32(12)])) {
      sums = null;
      continue;
    }
    const isCommit = frame.getUint32(4) > 0;
    sums = sums === null ? null : sumsOfFrame(frame, { littleEndian, start: sums });
    if (isCommit && sums === null) droppedCommits += 1;
    else if (isCommit) committedFrames = (at + frameBytes - HEADER_BYTES) / frameBytes;
  }
  return { salts, committedFrames, droppedCommits };
}

/** The checksum up to a frame, null if the frame does not have it. */
function sumsOfFrame(frame: DataView, { littleEndian, start }: { littleEndian: boolean; start: Sums }): Sums | null {
  const overHeader = checksum(frame, { from: 0, to: 8, littleEndian, start });
  const sums = checksum(frame, { from: FRAME_HEADER_BYTES, to: frame.byteLength, littleEndian, start: overHeader });
  return sums[0] === frame.getUint32(16) && sums[1] === frame.getUint32(20) ? sums : null;
}

function checksum(
  view: DataView,
  { from, to, littleEndian, start }: { from: number; to: number; littleEndian: boolean; start: Sums },
): Sums {
  let [first, second] = start;
  for (let at = from; at < to; at += 8) {
    first = (first + view.getUint32(at, littleEndian) + second) >>> 0;
    second = (second + view.getUint32(at + 4, littleEndian) + first) >>> 0;
  }
  return [first, second];
}

interface IndexReport {
  readonly salts: Salts;
  /** The last frame that was committed. */
  readonly frames: number;
  /** Frames that are in the database itself already. */
  readonly backfilled: number;
}

/** Where the fields of the index stand. Its numbers are in the machine's byte order, the salts as in the log. */
const INDEX = { bytes: 100, initialised: 12, frames: 16, salts: 32, backfilled: 96 };

/** The index that the last process kept in shared memory; null if there is none that can be read. */
function readIndex(file: string): IndexReport | null {
  using handle = openIfThere(file);
  const view = handle === null ? null : readAt(handle, 0, INDEX.bytes);
  if (view === null || view.getUint8(INDEX.initialised) !== 1) return null;
  const littleEndian = endianness() === "LE";
  // It is kept twice; a process that was killed in between leaves two that differ.
  for (let at = 0; at < 48; at++) if (view.getUint8(at) !== view.getUint8(at + 48)) return null;
  return {
    salts: [view.getUint32(INDEX.salts), view.getUint32(INDEX.salts + 4)],
    frames: view.getUint32(INDEX.frames, littleEndian),
    backfilled: view.getUint32(INDEX.backfilled, littleEndian),
  };
}

function sameSalts(one: Salts, other: Salts): boolean {
  return one[0] === other[0] && one[1] === other[1];
}

function isPageSize(bytes: number): boolean {
  return bytes >= 512 && bytes <= 65_536 && (bytes & (bytes - 1)) === 0;
}

function openIfThere(file: string): Deno.FsFile | null {
  try {
    return Deno.openSync(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Exactly so many bytes, null if there are fewer. */
function readAt(handle: Deno.FsFile, at: number, length: number): DataView | null {
  const bytes = new Uint8Array(length);
  handle.seekSync(at, Deno.SeekMode.Start);
  for (let done = 0; done < length;) {
    const count = handle.readSync(bytes.subarray(done));
    if (count === null) return null;
    done += count;
  }
  return new DataView(bytes.buffer);
}
