/**
 * A parser under test: its input, and the outcomes that it may have.
 *
 * @module
 */

/** The outcome of an input: `accepted`, or the code of the refusal; one for each row of an input with several rows. */
export type Outcome = string | readonly string[];

/** The parser accepted a value. */
export const ACCEPTED = "accepted";

/** A parser of bytes. */
export interface FuzzTarget {
  /** Name of its folder in the corpus. */
  readonly name: string;
  /**
   * Gives an input to the parser and checks the result. Throws for everything that the parser must not do: an
   * undocumented type of error, or a wrong value.
   */
  readonly run: (input: Uint8Array) => Outcome | Promise<Outcome>;
  /** Called when a run is over. */
  readonly close?: () => void;
  /** Tokens that only this parser knows. */
  readonly tokens?: readonly string[];
  /** @default 65536 */
  readonly maxBytes?: number;
}

/** A target throws it for a wrong value. */
export class WrongValue extends Error {
  override readonly name = "WrongValue";
}

/** Throws unless the condition holds. */
export function expect(condition: boolean, what: () => string): asserts condition {
  if (!condition) throw new WrongValue(what());
}

/** Text from any bytes; bytes that are no UTF-8 may become a lone surrogate, which a program's text can hold. */
export function looseText(input: Uint8Array): string {
  return decoder.decode(input).replaceAll("\ufffd\ufffd\ufffd", "\ud800");
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
