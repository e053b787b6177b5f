/**
 * The end of a `switch` that must handle every member of a union.
 *
 * @module
 */

/**
 * Ends a `switch` over a closed union (K16): a member that is not handled does not compile, and a value from outside the
 * union is a typed error at run time.
 *
 * @throws {TypeError} always
 */
export function assertNever(value: never): never {
  const type: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "type") : value;
  throw new TypeError(`Message type "${String(type)}" is not handled: add a case for it`);
}
