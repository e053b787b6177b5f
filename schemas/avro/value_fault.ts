/**
 * The fault of a value that cannot be written: its place and the broken rule.
 *
 * @module
 */

/** A value that its type does not hold. */
export class ValueFault extends Error {
  override readonly name = "ValueFault";
  /** Names of fields, indices and map keys from the outside in. Each writer adds its own. */
  readonly path: string[] = [];

  constructor(
    readonly value: unknown,
    /** Completes a sentence that starts with the value. */
    readonly reason: string,
    /** True if no value of that JavaScript type fits. */
    readonly isOfOtherType = false,
  ) {
    super(reason);
  }
}

/** The fault of a value with another JavaScript type than the needed one. */
export function wrongType(value: unknown, needed: string): ValueFault {
  const reason = value === undefined ? "is missing" : `is ${described(value)}: ${needed}`;
  return new ValueFault(value, reason, value !== undefined);
}

/** What a value is, to complete "the field is …": `missing`, `null`, `an array`, `a number`, `an object`. */
export function described(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
