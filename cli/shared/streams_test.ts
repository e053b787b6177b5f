import assert from "node:assert/strict";
import { Screen } from "./screen.ts";
import { MemoryStream } from "../../tests/support/memory_stream.ts";
import { ClosedPipeError, textStream } from "./streams.ts";

/** A writer that takes a few bytes at a time, and throws as its script says. */
function writer(script: readonly (number | Error)[]) {
  const taken: number[] = [];
  let step = 0;
  return {
    text: () => new TextDecoder().decode(new Uint8Array(taken)),
    writeSync(bytes: Uint8Array) {
      const next = script[step++] ?? bytes.length;
      if (next instanceof Error) throw next;
      taken.push(...bytes.subarray(0, next));
      return Math.min(next, bytes.length);
    },
    isTerminal: () => false,
  };
}

Deno.test("textStream() writes everything, however little is taken at a time", () => {
  const slow = writer([1, 2, 1]);
  textStream(slow).write("größer\n");
  assert.equal(slow.text(), "größer\n");
});

Deno.test("textStream() tries again when a pipe is full", () => {
  const full = writer([2, new Deno.errors.WouldBlock("full")]);
  textStream(full).write("abcdef");
  assert.equal(full.text(), "abcdef");
});

Deno.test("textStream() says when the reader has gone, and passes other errors on", () => {
  const gone = textStream(writer([new Deno.errors.BrokenPipe("gone")]));
  assert.throws(() => gone.write("x"), ClosedPipeError);
  const broken = textStream(writer([new Deno.errors.BadResource("broken")]));
  assert.throws(() => broken.write("x"), Deno.errors.BadResource);
});

Deno.test("Screen keeps the status line below the lines, on a terminal only", () => {
  const terminal = new MemoryStream(true);
  const screen = new Screen(terminal);
  screen.status("10 %");
  screen.status("10 %");
  screen.line("hello");
  screen.status("");
  assert.equal(terminal.text, "\r\x1b[2K10 %\r\x1b[2Khello\n10 %\r\x1b[2K");
  const pipe = new MemoryStream();
  const plain = new Screen(pipe);
  plain.status("10 %");
  plain.line("hello");
  assert.equal(pipe.text, "hello\n");
});

Deno.test("Screen writes control characters out, and ignores a closed standard error", () => {
  const stream = new MemoryStream();
  new Screen(stream).line("a\x1b[2J\nb");
  assert.equal(stream.text, "a\\x1b[2J\nb\n");
  new Screen(textStream(writer([new Deno.errors.BrokenPipe("gone")]))).line("x");
});
