/**
 * A parser under test: what it is given, and what it may do with it.
 *
 * @module
 */

/** What became of an input: `accepted`, or the code of the refusal; of an input with several rows, one for each. */
export type Outcome = string | readonly string[];

/** A value came out. */
export const ACCEPTED = "accepted";

/** A parser of bytes. */
export interface FuzzTarget {
  /** Name of its folder in the corpus. */
  readonly name: string;
  /**
   * Gives an input to the parser and checks what it makes of it. Throws for everything that the parser must not do: an
   * error of another type than the documented one, a value that is wrong.
   */
  readonly run: (input: Uint8Array) => Outcome | Promise<Outcome>;
  /** Called when a run is over. */
  readonly close?: () => void;
  /** Tokens that only this parser knows. */
  readonly tokens?: readonly string[];
  /** @default 65536 */
  readonly maxBytes?: number;
}

/** Thrown by a target for a value that should not be. */
export class WrongValue extends Error {
  override readonly name = "WrongValue";
}

/** Throws unless the condition holds. */
export function expect(condition: boolean, what: () => string): asserts condition {
  if (!condition) throw new WrongValue(what());
}

/** Text of any bytes; what is no UTF-8 may become a lone surrogate, which text of a program can hold. */
export function looseText(input: Uint8Array): string {
  return decoder.decode(input).replaceAll("\ufffd\ufffd\ufffd", "\ud800");
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
