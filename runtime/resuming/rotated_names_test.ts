import assert from "node:assert/strict";
import { isRelatedName, RotatedNames } from "./rotated_names.ts";

const NAMES = ["", ".gz"];

/** Name, the name that a file was rotated to, others that are of its form, and some that are not. */
const FORMS: readonly (readonly [name: string, rotated: string, ours: readonly string[], others: readonly string[]])[] =
  [
    ["app.csv", "app.csv.1", ["app.csv.2", "app.csv.10"], ["app.csv", "app.csv.old", "apple.csv.1", "app.2.csv"]],
    ["app.csv", "app.2.csv", ["app.1.csv", "app.11.csv"], ["app.x1.csv", "app.errors.csv", "app.1.log", "app2.csv"]],
    [
      "app.csv",
      "app-20260101.csv",
      ["app-20260102.csv", "app-20260101-1.csv", "app-20260102.1.csv"],
      ["app-errors.csv", "app-errors-20260101.csv", "app20260102.csv", "other-20260101.csv", "app-20260101.txt"],
    ],
    ["app.csv", "app-2026-01-01T00.csv", ["app-2026-01-01T01.csv", "app-2026-01-02T00.csv"], ["app-x2.csv"]],
    ["app.csv", "2026-01-01_app.csv", ["2026-01-02_app.csv"], ["x2026-01-02_app.csv", "2026-01-02_b.csv"]],
    ["app.csv", "archive.0001", ["archive.0002"], ["archive.csv", "arch.0002"]],
    ["app.csv", "app-3f2a9c.csv", ["app-9c0012.csv", "app-12ab.csv"], ["app-errors.csv"]],
    ["current.csv", "20260101.csv", ["20260102.csv"], ["7078.csv", "202601012.csv"]],
    ["7078.csv", "7078-1.csv", ["7078-2.csv"], ["7079-2.csv", "7078.csv", "17078-2.csv"]],
    ["a.b.csv", "a.b.1.csv", ["a.b.2.csv"], ["a.c.2.csv", "aXb.2.csv"]],
  ];

for (const [name, rotated, ours, others] of FORMS) {
  Deno.test(`RotatedNames of ${name} has names of the form of ${rotated}`, () => {
    for (const end of NAMES) {
      const names = new RotatedNames(name, [`${rotated}${end}`]);
      assert.equal(names.isKnown, true);
      for (const other of [rotated, ...ours]) assert.ok(names.includes(`${other}${end}`), other);
      for (const other of others) assert.ok(!names.includes(other), other);
    }
  });
}

Deno.test("RotatedNames has what follows the name, and no more, where no part of the others varies", () => {
  for (const rotated of [[], ["app-old.csv"], ["app.csv.bak"], ["app-Monday.csv"]]) {
    const names = new RotatedNames("app.csv", rotated);
    assert.equal(names.isKnown, false);
    assert.ok(names.includes("app.csv.1") && names.includes("app.csv-20260101.gz"));
    for (const other of ["app.csv", "app.csv.gz", "app-new.csv", "app-1.csv", ...rotated]) {
      assert.ok(!names.includes(other), other);
    }
  }
});

Deno.test("isRelatedName() tells names that a rotation may have made of another one", () => {
  for (const other of ["app.csv.1", "app.csv1", "app-1.csv", "app.old.csv", "app-Monday.csv.gz", "2026_app.csv"]) {
    assert.ok(isRelatedName(other, "app.csv"), other);
  }
  for (const other of ["apple.csv", "b.csv", "myapp.csv", "ap.csv"]) assert.ok(!isRelatedName(other, "app.csv"), other);
});
