import assert from "node:assert/strict";
import { byAge } from "./rotation_order.ts";

const ordered = (...files: readonly (readonly [string, number])[]) =>
  files.map(([path, modifiedAt]) => ({ path, modifiedAt })).toSorted(byAge).map(({ path }) => path);

Deno.test("byAge() goes by the time of the last write, whatever the names", () => {
  assert.deepEqual(ordered(["/l/app.csv.2", 5], ["/l/app.csv.1", 3], ["/l/app.csv.10", 4]), [
    "/l/app.csv.1",
    "/l/app.csv.10",
    "/l/app.csv.2",
  ]);
});

Deno.test("byAge() takes the higher number for the older file where the times are the same", () => {
  assert.deepEqual(ordered(["/l/app.csv.1", 5], ["/l/app.csv.10", 5], ["/l/app.csv", 5], ["/l/app.csv.2", 5]), [
    "/l/app.csv.10",
    "/l/app.csv.2",
    "/l/app.csv.1",
    "/l/app.csv",
  ]);
  assert.deepEqual(ordered(["/l/app.1.csv", 5], ["/l/app.3.csv.gz", 5], ["/l/app.2.csv", 5]), [
    "/l/app.3.csv.gz",
    "/l/app.2.csv",
    "/l/app.1.csv",
  ]);
});
