/** What a value is, to complete "the field is …": `missing`, `null`, `an array`, `a number`, `an object`. */
export function described(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
