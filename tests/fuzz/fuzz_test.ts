/** Every parser on its corpus and on some inputs made from it, always the same. `deno task test:fuzz` runs more. */
import assert from "node:assert/strict";
import process from "node:process";
import { parsersWithCorpus, readCorpus } from "./corpus.ts";
import { ACCEPTED, expect, type FuzzTarget } from "./fuzz_target.ts";
import { PARSERS } from "./parsers.ts";
import { FuzzFailure, runFuzz } from "./run_fuzz.ts";

const INPUTS = 300;
const SEED = 20_140_310;

for (const target of PARSERS) {
  Deno.test(`${target.name} gives a value or its documented error for every input`, async () => {
    const report = await runFuzz(target, { corpus: readCorpus(target.name), inputs: INPUTS, seed: SEED });
    assert.ok(report.accepted > 0 || target.name === "line_reader", "nothing was accepted");
    assert.ok(Object.keys(report.refused).length > 0, "nothing was refused");
  });
}

Deno.test("the corpus has a folder for every parser, and no other ones", () => {
  assert.deepEqual(parsersWithCorpus(), PARSERS.map(({ name }) => name).toSorted());
});

const utf8 = new TextEncoder();
const CORPUS = [utf8.encode("12.5"), utf8.encode("7")];

/** Fails for texts with a minus sign, like a faulty parser. */
const FAULTY: FuzzTarget = {
  name: "faulty",
  run(input) {
    expect(!input.includes(0x2d), () => "a minus sign");
    return ACCEPTED;
  },
};

async function failureOf(target: FuzzTarget, seed: number): Promise<FuzzFailure> {
  const error = await runFuzz(target, { corpus: CORPUS, inputs: 10_000, seed }).then(() => null, (error) => error);
  assert.ok(error instanceof FuzzFailure, String(error));
  return error;
}

Deno.test("runFuzz() finds a fault, and finds the same input again by its seed", async () => {
  const [first, again] = [await failureOf(FAULTY, 7), await failureOf(FAULTY, 7)];
  assert.deepEqual(first.input, again.input);
  assert.match(
    first.message,
    /^faulty fails with input \d+ of seed 7: WrongValue: a minus sign\ninput in hex: [0-9a-f]+$/,
  );
  assert.ok(first.message.endsWith(first.input.toHex()));
  assert.ok(first.input.includes(0x2d));
});

Deno.test("runFuzz() reports a rejected promise, and a fault in the corpus itself", async () => {
  const slow: FuzzTarget = { ...FAULTY, run: (input) => Promise.resolve(input).then(FAULTY.run) };
  assert.match((await failureOf(slow, 1)).message, /a minus sign/);
  const always: FuzzTarget = { name: "always", run: () => Promise.reject(new RangeError("out of range")) };
  assert.match(
    (await failureOf(always, 1)).message,
    /^always fails with an input of the corpus: RangeError: out of range/,
  );
});

Deno.test("runFuzz() reports an input that takes longer than a second twice", async () => {
  let runs = 0;
  const slow: FuzzTarget = {
    name: "slow",
    run(input) {
      if (input.length !== 1) return ACCEPTED;
      runs += 1;
      // Processor time counts, because wall-clock time on a busy machine proves nothing.
      const before = process.cpuUsage();
      for (let used = 0; used < 1_300_000;) {
        const { user, system } = process.cpuUsage(before);
        used = user + system;
      }
      return ACCEPTED;
    },
  };
  assert.match((await failureOf(slow, 1)).message, /^slow fails with an input of the corpus: it takes 1\d\d\d ms/);
  assert.equal(runs, 2);
});

Deno.test("runFuzz() counts the outcome of each input, and of each of its rows", async () => {
  const rows: FuzzTarget = { name: "rows", run: (input) => input.length === 1 ? "short" : [ACCEPTED, "bad", "bad"] };
  const { inputs, accepted, refused } = await runFuzz(rows, { corpus: CORPUS, inputs: 0, seed: 1 });
  assert.deepEqual({ inputs, accepted, refused }, { inputs: 0, accepted: 1, refused: { short: 1, bad: 2 } });
});
