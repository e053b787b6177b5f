import assert from "node:assert/strict";
import { formatTable } from "./table.ts";

Deno.test("formatTable() aligns columns, leaves no blanks at line ends and writes control characters out", () => {
  const table = formatTable([{ title: "NAME" }, { title: "N", align: "right" }, { title: "NOTE" }], [
    ["a", "1", ""],
    ["longer\n", "10000", "x"],
  ]);
  assert.equal(table, "NAME          N  NOTE\na             1\nlonger\\n  10000  x\n");
});

Deno.test("formatTable() without rows has the titles alone", () => {
  assert.equal(formatTable([{ title: "NAME" }, { title: "N", align: "right" }], []), "NAME  N\n");
});
