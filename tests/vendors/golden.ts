import assert from "node:assert/strict";
import { readVendorFile, shownValues, type VendorFile } from "../support/vendor_file.ts";

/** A test that a vendor's lines become just these records; a text is the rule that a row breaks. */
export function golden(title: string, file: VendorFile, expected: readonly unknown[]): void {
  Deno.test(title, async () => {
    const { rows, error } = await readVendorFile(file);
    assert.equal(error, null);
    assert.deepEqual(rows.map(shownValues), expected);
  });
}

/** A test that a vendor's file is refused before its first row, with such a reason. */
export function refused(title: string, file: VendorFile, reason: RegExp): void {
  Deno.test(title, async () => {
    const { rows, error } = await readVendorFile(file).catch((error: unknown) => ({ rows: [], error }));
    assert.deepEqual(rows, []);
    assert.ok(error instanceof Error);
    assert.match(error.message, reason);
  });
}
