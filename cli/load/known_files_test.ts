import assert from "node:assert/strict";
import { checkpointOf, knownFileOf } from "./known_files.ts";
import { checkpointAt } from "../../tests/support/checkpoints.ts";

const stamp = { size: 10, modifiedAt: 1, changedAt: 1, device: 1, inode: 1, takenAt: 1 };

/** Prints how many bytes are kept in memory of each of 10,000 rotated files, by a follow and by what it resumes from. */
const PROGRAM = `
  import { OtherCheckpoints } from ${
  JSON.stringify(import.meta.resolve("../../runtime/resuming/other_checkpoints.ts"))
};
  import { knownFilesIn } from ${JSON.stringify(import.meta.resolve("./known_files.ts"))};
  import { checkpointAt } from ${JSON.stringify(import.meta.resolve("../../tests/support/checkpoints.ts"))};

  const FILES = 10_000;
  const hash = (of) => String(of).padStart(16, "0");
  function* list() {
    for (let file = 0; file < FILES; file++) {
      const whole = checkpointAt(10), source = \`trades:/var/log/feed/app-20260101.csv.\${file}\`;
      const waypoints = Array.from({ length: 24 }, (_, at) => [at + 1, hash(file + at)]);
      const samples = { first: hash(file), spread: Array.from({ length: 32 }, (_, at) => hash(file * 32 + at)) };
      const content = { bytes: 1_000, chain: hash(file).repeat(4), last: hash(file).repeat(4), waypoints, samples };
      const checkpoint = {
        ...whole,
        source,
        startedAt: file,
        origin: hash(file),
        position: { row: 10, at: { ...whole.position.at, content } },
        file: {
          path: source.slice(7),
          stamp: { size: 1_000, modifiedAt: 1.5e12 + file, changedAt: 1.5e12, device: 1, inode: file, takenAt: 1.5e12 },
        },
        topics: [{ ...whole.topics[0], next: Array.from({ length: 30 }, () => BigInt(file)), partitions: 30 }],
      };
      // As it comes from the data folder, where nothing is shared with another one.
      yield { ok: true, checkpoint: structuredClone(checkpoint) };
    }
  }
  const used = () => { gc(); gc(); return Deno.memoryUsage().heapUsed; };
  const bytesOf = (make) => {
    const before = used(), kept = make(), bytes = (used() - before) / FILES;
    if (kept === null) throw new Error();
    return Math.round(bytes);
  };
  console.log(JSON.stringify({
    whole: bytesOf(() => [...list()]),
    known: bytesOf(() => knownFilesIn({ list }, "v2")),
    others: bytesOf(() => new OtherCheckpoints({ list })),
  }));
`;

Deno.test("of each of 10,000 rotated files less than a kibibyte is kept, and not its checkpoint", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", "--v8-flags=--expose-gc", PROGRAM],
    stderr: "inherit",
  }).output();
  const text = new TextDecoder().decode(stdout);
  const { whole, known, others } = JSON.parse(text);
  assert.ok(known < 1_024 && others < 1_024 && whole > 3 * known, text);
});

Deno.test("checkpointOf() is null once another load has the key", () => {
  const checkpoint = checkpointAt(10, { file: { path: "/a.csv", stamp }, startedAt: 5 });
  const known = knownFileOf(checkpoint);
  assert.ok(known !== null);
  assert.equal(checkpointOf(known, { load: () => checkpoint }), checkpoint);
  assert.equal(checkpointOf(known, { load: () => ({ ...checkpoint, startedAt: 6 }) }), null);
  assert.equal(checkpointOf(known, { load: () => null }), null);
});

Deno.test("knownFileOf() is null for what is of no file", () => {
  assert.equal(knownFileOf(checkpointAt(10)), null);
});
