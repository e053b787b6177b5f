import assert from "node:assert/strict";
import { FreshAnswers } from "./fresh_answers.ts";

const { signal } = new AbortController();

/** Questions that are answered one by one, by the test. */
class Questions {
  readonly asked: PromiseWithResolvers<number>[] = [];
  readonly signals: AbortSignal[] = [];
  readonly #answers = new FreshAnswers<number>();

  get(name = "a", own = signal): Promise<number> {
    return this.#answers.get(name, own, (signal) => {
      const question = Promise.withResolvers<number>();
      this.asked.push(question);
      this.signals.push(signal);
      return question.promise;
    });
  }

  async answer(at: number, value: number): Promise<void> {
    this.asked[at]?.resolve(value);
    await settled();
  }
}

/** All that follows from answers that are there has happened. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

Deno.test("FreshAnswers.get() never gives an answer to a question that was asked before the call", async () => {
  const questions = new Questions();
  const one = questions.get();
  const [two, three] = [questions.get(), questions.get()];
  assert.equal(questions.asked.length, 1, "the others wait for it, and share the next one");
  await questions.answer(0, 1);
  assert.equal(await one, 1);
  const four = questions.get();
  assert.equal(questions.asked.length, 2, "which is under way");
  await questions.answer(1, 2);
  assert.deepEqual(await Promise.all([two, three]), [2, 2]);
  await questions.answer(2, 3);
  assert.equal(await four, 3);
  const five = questions.get();
  await questions.answer(3, 4);
  assert.equal(await five, 4);
});

Deno.test("FreshAnswers.get() asks questions of other names at the same time", async () => {
  const questions = new Questions();
  const both = [questions.get("a"), questions.get("b")];
  assert.equal(questions.asked.length, 2);
  await questions.answer(1, 2);
  await questions.answer(0, 1);
  assert.deepEqual(await Promise.all(both), [1, 2]);
});

Deno.test("FreshAnswers.get() rejects for all that share a question, and asks the next one", async () => {
  const questions = new Questions();
  const first = questions.get();
  const shared = [questions.get(), questions.get()];
  questions.asked[0]?.reject(new RangeError("broken"));
  await assert.rejects(first, /broken/);
  await settled();
  questions.asked[1]?.reject(new RangeError("still broken"));
  const results = await Promise.allSettled(shared);
  assert.deepEqual(results.map((each) => each.status === "rejected" && each.reason.message), [
    "still broken",
    "still broken",
  ]);
});

Deno.test("FreshAnswers.get() ends for one with its own signal, and continues for those that share its question", async () => {
  const questions = new Questions();
  const first = questions.get();
  const stop = new AbortController();
  const [stopped, stays] = [questions.get("a", stop.signal), questions.get()];
  stop.abort(new Error("stopped"));
  await assert.rejects(stopped, /stopped/);
  await questions.answer(0, 1);
  assert.equal(await first, 1);
  assert.equal(questions.signals[1]?.aborted, false);
  await questions.answer(1, 2);
  assert.equal(await stays, 2);
  await assert.rejects(questions.get("a", stop.signal), /stopped/);
  assert.equal(questions.asked.length, 2);
});

Deno.test("FreshAnswers.get() waits for no question that all have given up, and joins none", async () => {
  const questions = new Questions();
  const stop = new AbortController();
  const given = [questions.get("a", stop.signal), questions.get("a", stop.signal)];
  stop.abort(new Error("stopped"));
  await Promise.all(given.map((each) => assert.rejects(each, /stopped/)));
  assert.equal(questions.signals[0]?.aborted, true);
  const after = questions.get();
  await settled();
  assert.equal(questions.asked.length, 2, "the second one was never asked, and the first one never ends");
  await questions.answer(1, 5);
  assert.equal(await after, 5);
});
