import assert from "node:assert/strict";
import { microsByStage, parseProfile } from "./profile_stages.ts";

Deno.test("microsByStage() gives time to the stage of the code, and what is built in to its caller", () => {
  const node = (id: number, url: string, children: number[] = [], functionName = "f") => ({
    ...{ id, children },
    callFrame: { functionName, url },
  });
  const text = JSON.stringify({
    nodes: [
      node(1, "", [2, 3, 6], "(root)"),
      node(2, "file:///x/sources/formats/csv.ts", [4]),
      node(3, "file:///x/transport/platformatic/log.ts", [5]),
      node(4, "", [7], "slice"),
      node(5, "", [], "(garbage collector)"),
      node(6, "", [], "somewhere"),
      node(7, "file:///npm/decimal.js/10.6.0/decimal.mjs", [], "toString"),
    ],
    samples: [2, 4, 3, 5, 6, 7],
    timeDeltas: [10, 20, 30, 40, 50, 60],
  });
  assert.deepEqual(Object.fromEntries(microsByStage(parseProfile(text))), {
    "parsing the format": 90,
    "Kafka client": 30,
    "garbage collection": 40,
    "everything else": 50,
  });
});
