import assert from "node:assert/strict";
import { EndedNames } from "./ended_names.ts";

const COPY = { path: "/logs/a.csv.1", identity: "1/2/3", modifiedAt: 5 };
const FORMERS = [4, 3, 2, 1].map((at) => ({ name: `a.csv.${at}`, wroteAt: 10 - at }));
const NOTHING = { files: [], than: Infinity, formers: [] };

Deno.test("EndedNames adds up what is to be read before the next file of a name", () => {
  const names = new EndedNames();
  names.note("/a", { files: [COPY], than: 7, formers: [] });
  names.note("/a", { files: [], than: 9, formers: FORMERS.slice(0, 1) });
  names.note("/a", { files: [], than: Infinity, formers: FORMERS.slice(1) });
  assert.deepEqual(names.before("/a"), { files: [COPY], than: 7, formers: FORMERS.slice(-3) });
  assert.deepEqual(names.before("/b"), NOTHING);
  names.delete("/a");
  assert.deepEqual(names.before("/a"), NOTHING);
});

Deno.test("EndedNames keeps a thousand names, and asks for no less of those that it has forgotten", () => {
  const names = new EndedNames();
  names.note("/unread", { files: [COPY], than: 10, formers: [] });
  for (let name = 0; name < 5_000; name++) names.note(`/${name}`, { files: [], than: 100 + name, formers: [] });
  assert.deepEqual(names.before("/unread"), { files: [COPY], than: 10, formers: [] });
  assert.deepEqual(names.before("/4999"), { files: [], than: 5_099, formers: [] });
  assert.deepEqual(names.before("/4001").than, 4_101);
  // As early as the earliest of them has to be asked for.
  assert.deepEqual(["/0", "/4000", "/new"].map((path) => names.before(path).than), [100, 100, 100]);
});
