import assert from "node:assert/strict";
import fc from "fast-check";
import { repeatedKeys } from "./repeated_keys.ts";

Deno.test("repeatedKeys() finds each key that an object has again, with its path and both lines", () => {
  for (
    const [text, found] of [
      ['{"a": 1, "b": {"a": 2}, "c": [{"a": 1}, {"a": 1}]}', []],
      ['{"a": 1,\n"a": 2}', [["a", 1, 2]]],
      ['{"a": {"b": 1,\n\n"b"\n:\n2,"b": 3}}', [["a.b", 1, 3], ["a.b", 1, 5]]],
      ['{"a": [1, {"x": "}", "x": 2}]}', [["a.1.x", 1, 1]]],
      ['{"\\u0061": 1, "a": 2}', [["a", 1, 1]]],
      ['{"a": "a\\": \\"", "b": "{\\"a\\": 1, \\"a\\": 2}"}', []],
      ['[{"": 1, "": 2}]', [["0.", 1, 1]]],
      ['{"__proto__": 1, "__proto__": 2}', [["__proto__", 1, 1]]],
    ] as const
  ) {
    assert.deepEqual(repeatedKeys(text).map(({ key, lines }) => [key, ...lines]), found, text);
  }
});

Deno.test("repeatedKeys() finds none in what JSON.stringify() writes, and one key that is written again", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.json()), (value) => {
      const text = JSON.stringify(value, null, 2);
      assert.deepEqual(repeatedKeys(text), []);
      const [key] = Object.keys(value);
      if (key === undefined) return;
      const again = `${text.slice(0, -1)}, ${JSON.stringify(key)}: 1}`;
      assert.deepEqual(repeatedKeys(again).map((one) => one.key), [key]);
    }),
  );
});
