/**
 * Where a file is read on. A source's position is its row and what the source itself keeps beside that: this is what files
 * keep. Checkpoints store it, so that it is plain JSON.
 *
 * @module
 */
import { z } from "zod";
import { ALL_BY_ROW, NO_OPEN_INSTANT, type OpenInstantState } from "../ids/open_instant.ts";
import type { ContentMark } from "./content_chain.ts";

/** The position of a source that is a file. */
export interface FilePosition {
  /** Rows before it: good ones and bad ones, a header not. */
  readonly row: number;
  readonly at: FilePlace;
}

/** What a file keeps of a position beside its row. */
export interface FilePlace {
  /** Lines before it, a header included. */
  readonly line: number;
  /** Bytes before it. */
  readonly offset: number;
  /** What tells equal rows of the latest instant apart. */
  readonly openInstant: OpenInstantState;
  /** The mark of all bytes before it, as they were read: reading on there checks it. @default none, of a stream */
  readonly content?: ContentMark | undefined;
  /** Where the row before it begins, if that was taken without its line end: it may grow later. */
  readonly unended?: FilePosition | undefined;
  /** The line before it, if only the first of the line's records are before it. @default all are */
  readonly parted?: PartedLine | undefined;
  /** How many rows before it were given out twice: once without their line end, once whole. @default 0 */
  readonly again?: number | undefined;
  /** Rows not wholly before it that an earlier run took without their line end, and may have sent. @default none */
  readonly halves?: readonly HalfRow[] | undefined;
}

/**
 * A line of several records of which some are before a position. The position is after the whole line, and so is the mark of
 * its content, so that a line which was changed is seen.
 */
export interface PartedLine {
  /** Lines before it. */
  readonly line: number;
  /** Its first byte. */
  readonly offset: number;
  /** How many of its records are before the position, those that are passed over among them. */
  readonly records: number;
  /** How many are not; 0 only of a line without its line end. */
  readonly left: number;
  /** The mark of all bytes before the line. @default none, of a stream */
  readonly content?: ContentMark | undefined;
}

/** A row that was taken without its line end, as far as a later run has to know it. */
export interface HalfRow {
  readonly row: number;
  /** Its first byte. */
  readonly offset: number;
  /** How many bytes of it were there. */
  readonly bytes: number;
}

/** Where a file begins. */
export const START_OF_FILE: FilePosition = { row: 0, at: { line: 0, offset: 0, openInstant: NO_OPEN_INSTANT } };

/** Where a file begins whose rows get ids by their numbers: those that a replay gives them. */
export const START_BY_ROW: FilePosition = { row: 0, at: { line: 0, offset: 0, openInstant: ALL_BY_ROW } };

/** Where the bytes begin that are read at a position: before it, if what follows it is the rest of a row or of a line. */
export function readingStart({ row, at }: FilePosition): FilePosition {
  const { unended, parted } = at;
  if (unended !== undefined) return unended;
  if (parted === undefined) return { row, at };
  const { line, offset, content } = parted;
  return { row, at: { line, offset, openInstant: at.openInstant, ...(content === undefined ? {} : { content }) } };
}

const whole = z.int().min(0);
const hash = z.string().regex(/^[0-9a-f]{64}$/);

const content = z.strictObject({
  bytes: whole,
  chain: z.union([hash, z.literal("")]),
  last: hash,
  waypoints: z.array(z.tuple([whole, z.string()])),
  samples: z.strictObject({
    first: z.string().nullable(),
    rows: z.array(z.string()),
    stride: z.int().min(1),
    last: z.string().nullable(),
  }),
});

const place = z.strictObject({
  line: whole,
  offset: whole,
  openInstant: z.strictObject({ micros: z.int().nullable(), counts: z.array(z.tuple([z.string(), whole])) }),
  content: content.optional(),
  parted: z.strictObject({ line: whole, offset: whole, records: whole, left: whole, content: content.optional() })
    .optional(),
  again: whole.optional(),
  halves: z.array(z.strictObject({ row: whole, offset: whole, bytes: whole })).optional(),
});

/** The form of a {@link FilePosition}. */
export const filePositionSchema: z.ZodType<FilePosition> = z.strictObject({
  row: whole,
  at: place.extend({ unended: z.strictObject({ row: whole, at: place }).optional() }),
});

/**
 * The position of a source, which is a file.
 *
 * @throws {TypeError} If it is not one of a file.
 */
export function filePositionOf(position: { readonly row: number; readonly at: unknown }): FilePosition {
  const { success, data, error } = filePositionSchema.safeParse(position);
  if (success) return data;
  const [issue] = error.issues;
  throw new TypeError(
    `The position of row ${position.row} is not one of a file: ${issue?.path.join(".")}: ${issue?.message}`,
  );
}
