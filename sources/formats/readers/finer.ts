/**
 * Refuses instants that are finer than a record holds.
 *
 * @module
 */
import { RecordError } from "../../../records/errors.ts";
import { UndeclaredError } from "../undeclared_error.ts";

/** The error of a field with nanoseconds. `refuse`: a setting could keep them. */
export function refuseFiner(
  finer: "refuse" | "whole",
  { field, value }: { readonly field: string; readonly value: unknown },
): RecordError {
  if (finer === "whole") {
    const hint = `The field holds microseconds. As vendor_data.${field} it is kept as it is.`;
    return new RecordError("too_fine", { field, value, hint });
  }
  const hint =
    'The field holds microseconds: "finer": "keep" in a mapping, else --finer keep, cuts it off there, and ' +
    "keeps all of it in vendor_data.timestamp_ns.";
  return new UndeclaredError("too_fine", { field, value, hint });
}
