import assert from "node:assert/strict";
import fc from "fast-check";
import { IdCounts } from "./id_counts.ts";

/** Ids of which many fall into the same slot, or differ in their last word only. */
const id = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 40 })).map(([first, last]) =>
  Uint32Array.of(first * 4096, 0, 0, last)
);

Deno.test("IdCounts counts any ids as a map does, however often it is emptied", () => {
  fc.assert(fc.property(fc.array(fc.option(id, { freq: 60, nil: null }), { maxLength: 600 }), (steps) => {
    const counts = new IdCounts(100);
    const model = new Map<string, number>();
    for (const step of steps) {
      if (step === null) {
        counts.clear();
        model.clear();
        continue;
      }
      const key = step.join();
      const before = model.get(key) ?? 0;
      if (before === 0 && model.size === 100) {
        assert.equal(counts.count(step), -1);
        continue;
      }
      assert.equal(counts.count(step), before);
      model.set(key, before + 1);
    }
    assert.equal(counts.size, model.size);
    const entries = Array.from(
      counts.entries(),
      ([bytes, count]) => [new Uint32Array(bytes.slice().buffer).join(), count],
    );
    assert.deepEqual(entries, [...model]);
  }));
});
