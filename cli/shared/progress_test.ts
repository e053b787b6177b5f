import assert from "node:assert/strict";
import { ManualClock } from "../../kernel/manual_clock.ts";
import { duration, grouped, startProgress } from "./progress.ts";
import type { ProgressReading } from "./progress.ts";
import { Screen } from "./screen.ts";
import { MemoryStream } from "../../tests/support/memory_stream.ts";

function display(terminal: boolean, options: { readonly quiet?: boolean; readonly width?: number } = {}) {
  const clock = new ManualClock();
  const stream = new MemoryStream(terminal, options.width ?? 200);
  const work: { reading: ProgressReading } = { reading: { done: 0, fraction: 0 } };
  const progress = startProgress({
    screen: new Screen(stream),
    clock,
    label: "load",
    unit: "rows",
    read: () => work.reading,
    quiet: options.quiet ?? false,
  });
  return { clock, stream, work, progress };
}

Deno.test("startProgress() draws a bar with rate and time left on a terminal", async () => {
  const { clock, stream, work, progress } = display(true);
  await clock.advance(900);
  work.reading = { done: 25_000, fraction: 0.25, note: "3 dead-lettered" };
  await clock.advance(100);
  assert.match(
    stream.text,
    /load {2}\[#{6}\.{18}\] {2}25 % {2}25,000 rows {2}25,000\/s {2}3 s left {2}3 dead-lettered$/,
  );
  progress.stop();
  progress.stop();
  assert.ok(stream.text.endsWith("\r\x1b[2K"));
  assert.equal(clock.pending, 0);
});

Deno.test("startProgress() never writes more than a line's width on a terminal", async () => {
  const { clock, stream, progress } = display(true, { width: 20 });
  await clock.advance(1000);
  for (const line of stream.text.split("\r\x1b[2K")) assert.ok(line.length < 20, line);
  progress.stop();
});

Deno.test("startProgress() writes a plain line every five seconds elsewhere", async () => {
  const { clock, stream, work, progress } = display(false);
  await clock.advance(4999);
  assert.equal(stream.text, "");
  work.reading = { done: 50, fraction: 0.5 };
  await clock.advance(1);
  assert.equal(stream.text, "load  50 %  50 rows  10/s  5 s left\n");
  await clock.advance(5000);
  // Nothing moved: the rate of the last seconds is zero, so there is no time left to tell.
  assert.match(stream.text, /\nload {2}50 % {2}50 rows {2}0\/s\n$/);
  progress.stop();
});

Deno.test("startProgress() without a known end tells count and rate alone", async () => {
  const { clock, stream, work, progress } = display(false);
  work.reading = { done: 1, fraction: null };
  await clock.advance(5000);
  assert.equal(stream.text, "load  1 rows  0/s\n");
  progress.stop();
});

Deno.test("startProgress() shows nothing when it must be quiet", async () => {
  for (const terminal of [true, false]) {
    const { clock, stream, progress } = display(terminal, { quiet: true });
    await clock.advance(60_000);
    progress.stop();
    assert.equal(stream.text, "");
  }
});

Deno.test("duration() and grouped() read well", () => {
  assert.deepEqual([0, 59.4, 60, 185, 3600, 7380].map(duration), [
    "0 s",
    "59 s",
    "1 min 00 s",
    "3 min 05 s",
    "1 h 00 min",
    "2 h 03 min",
  ]);
  assert.equal(grouped(91631), "91,631");
  assert.equal(grouped(10n ** 18n), "1,000,000,000,000,000,000");
});
