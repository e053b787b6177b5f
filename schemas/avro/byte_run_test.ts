import assert from "node:assert/strict";
import { BodyOutput } from "./body_output.ts";
import { ByteRun } from "./byte_run.ts";

Deno.test("BodyOutput.run() writes the bytes of a run of any length, and none around them", () => {
  for (let length = 0; length <= 40; length++) {
    for (const room of [length, length + 1, length + 9]) {
      // Not from the start of their memory.
      const bytes = Uint8Array.from({ length: length + 3 }, (_, at) => 251 - at).subarray(3);
      const output = new BodyOutput(), buffer = new Uint8Array(room + 2).fill(7);
      output.bytes = buffer.subarray(1, room + 1);
      output.run(new ByteRun(bytes));
      assert.equal(output.position, length);
      assert.deepEqual([...buffer], [7, ...bytes, ...new Array(room - length + 1).fill(7)]);
    }
  }
});

Deno.test("BodyOutput.run() writes nothing of a run that does not fit, and counts it", () => {
  const output = new BodyOutput(), buffer = new Uint8Array(9).fill(7);
  output.bytes = buffer;
  output.position = 2;
  output.run(new ByteRun(new Uint8Array(8)));
  assert.deepEqual([output.position, ...buffer], [10, ...new Array(9).fill(7)]);
});
