import assert from "node:assert/strict";
import { SharedWork } from "./shared_work.ts";

const { signal } = new AbortController();

Deno.test("SharedWork.done() does work once for all that wait for it, and again for another name", async () => {
  const shared = new SharedWork();
  const done: string[] = [];
  const work = (name: string) => shared.done(name, signal, () => Promise.resolve(void done.push(name)));
  await Promise.all([work("a"), work("a"), work("b")]);
  await work("a");
  assert.deepEqual(done, ["a", "b"]);
});

Deno.test("SharedWork.done() has the next one do what the first has given up", async () => {
  const shared = new SharedWork();
  const first = Promise.withResolvers<void>();
  const done: string[] = [];
  const one = shared.done("a", signal, () => first.promise);
  const two = shared.done("a", signal, () => Promise.resolve(void done.push("two")));
  const three = shared.done("a", signal, () => Promise.resolve(void done.push("three")));
  first.reject(new Error("stopped"));
  await assert.rejects(one, /stopped/);
  await Promise.all([two, three]);
  assert.deepEqual(done, ["two"], "one of them");
});

Deno.test("SharedWork.done() ends for one that waits with its own signal, and continues for the others", async () => {
  const shared = new SharedWork();
  const first = Promise.withResolvers<void>();
  const done: string[] = [];
  const one = shared.done("a", signal, () => first.promise);
  const stop = new AbortController();
  const again = () => Promise.resolve(void done.push("again"));
  const two = shared.done("a", stop.signal, again), three = shared.done("a", signal, again);
  stop.abort(new Error("stopped"));
  await assert.rejects(two, /stopped/);
  first.resolve();
  await Promise.all([one, three]);
  await shared.done("a", signal, again);
  assert.deepEqual(done, []);
});

Deno.test("SharedWork.done() rejects for each that fails at it, and with the reason of an own signal", async () => {
  const shared = new SharedWork();
  const fails = () => shared.done("a", signal, () => Promise.reject(new RangeError("broken")));
  const results = await Promise.allSettled([fails(), fails()]);
  assert.deepEqual(results.map(({ status }) => status), ["rejected", "rejected"]);
  const aborted = AbortSignal.abort(new Error("not wanted"));
  await assert.rejects(shared.done("a", aborted, () => Promise.resolve()), /not wanted/);
});
