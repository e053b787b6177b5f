import assert from "node:assert/strict";
import { AnswerDebt } from "./debt.ts";

function debtOf() {
  const told: unknown[] = [];
  const debt = new AnswerDebt<number>({ reply: (value) => told.push(value), fail: (cause) => told.push(cause) });
  return { debt, told };
}

Deno.test("AnswerDebt is paid once, by an answer or by a failure", () => {
  const answered = debtOf();
  answered.debt.reply(1);
  answered.debt.reply(2);
  answered.debt.fail(new Error("late"));
  assert.deepEqual([answered.told, answered.debt.settled], [[1], true]);
  const failed = debtOf();
  const cause = new Error("died");
  failed.debt.fail(cause);
  failed.debt.reply(1);
  assert.deepEqual([failed.told, failed.debt.settled], [[cause], true]);
});

Deno.test("AnswerDebt tells everybody once when it is settled, and at once whoever comes later", () => {
  const { debt } = debtOf();
  const calls: string[] = [];
  debt.onSettled(() => calls.push("first"));
  debt.onSettled(() => calls.push("second"));
  assert.equal(calls.length, 0);
  debt.reply(1);
  debt.fail(new Error("late"));
  debt.onSettled(() => calls.push("late"));
  assert.deepEqual(calls, ["first", "second", "late"]);
});
