import assert from "node:assert/strict";
import { withoutOuterSpaces } from "./header_text.ts";

Deno.test("withoutOuterSpaces() removes spaces between quotes and commas, and nothing else", () => {
  for (
    const [text, expected] of [
      [`"symbol","price" `, `"symbol","price"`],
      [`"a" ,"b"\t, "c"`, `"a","b","c"`],
      [` a , b `, ` a , b `],
      [`"a "" , b" ,c`, `"a "" , b",c`],
      [`"a" b,c`, `"a" b,c`],
      [`"a" "b"`, `"a" "b"`],
      [`  `, `  `],
      [`"open , `, `"open , `],
    ] as const
  ) assert.equal(withoutOuterSpaces(text), expected);
});
