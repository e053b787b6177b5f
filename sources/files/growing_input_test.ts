import assert from "node:assert/strict";
import { type Clock, systemClock } from "../../kernel/clock.ts";
import { ManualClock } from "../../kernel/testing.ts";
import { fileIdentity, Growth } from "./growth.ts";
import { GrowingInput, lastBytes } from "./growing_input.ts";

/** A file that is written to, and read as it grows. */
async function growing(
  body: (file: Growing) => Promise<void>,
  { before = "", clock = systemClock }: { readonly before?: string; readonly clock?: Clock } = {},
): Promise<void> {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, before);
  const file = await Deno.open(path);
  const offset = before.length;
  const growth = new Growth(fileIdentity(await file.stat()) ?? path);
  const input = new GrowingInput({ file, offset, last: await lastBytes(file, offset), growth, clock });
  const buffer = new Uint8Array(1_000);
  try {
    await body({
      path,
      growth,
      append: (text) => Deno.writeTextFileSync(path, text, { append: true }),
      read: async () => {
        const count = await input.read(buffer);
        return count === null ? null : new TextDecoder().decode(buffer.subarray(0, count));
      },
      close: () => input.close(),
    });
  } finally {
    input.close();
    file.close();
    await Deno.remove(path);
  }
}

interface Growing {
  readonly path: string;
  readonly growth: Growth;
  append(text: string): void;
  read(): Promise<string | null>;
  close(): void;
}

Deno.test("GrowingInput waits at the end until it is woken and there is more", () =>
  growing(async ({ growth, append, read }) => {
    append("one");
    assert.equal(await read(), "one");
    const next = read();
    await growth.caughtUp;
    // It may have rested, and be looking again.
    while (!growth.isWaiting) await new Promise((resolve) => setImmediate(resolve));
    growth.wake(); // for nothing
    append("two");
    growth.wake();
    assert.equal(await next, "two");
    assert.equal(growth.bytes, 6);
  }));

Deno.test("Growth does not wait if it was woken since the look before", async () => {
  const growth = new Growth("1");
  growth.beforeLook();
  growth.wake();
  await growth.changed();
  growth.beforeLook();
  const waiting = growth.changed();
  assert.ok(growth.isWaiting);
  growth.wake();
  await waiting;
});

Deno.test("GrowingInput ends when it is to finish, after what is there", () =>
  growing(async ({ growth, append, read }) => {
    append("one");
    growth.finish();
    assert.equal(await read(), "one");
    assert.equal(await read(), null);
    assert.equal(growth.end, "read_out");
  }));

Deno.test("GrowingInput ends when it is closed, and says nothing of the file", () =>
  growing(async ({ growth, read, close }) => {
    const next = read();
    await growth.caughtUp;
    close();
    assert.equal(await next, null);
    assert.equal(growth.end, null);
  }));

for (
  const [what, text] of [["shorter", ""], ["another one, as long as before", "xyz"], [
    "another one, and longer",
    "xyzzy",
  ]]
) {
  Deno.test(`GrowingInput reads nothing of a content that is ${what}`, () =>
    growing(async ({ path, growth, append, read }) => {
      append("one");
      assert.equal(await read(), "one");
      Deno.writeTextFileSync(path, text ?? "");
      assert.equal(await read(), null);
      assert.equal(growth.end, "truncated");
    }));
}

Deno.test("GrowingInput resumes where it was told to, and reads no row of a text that has taken the place of the first", () =>
  growing(async ({ path, growth, append, read }) => {
    append("two");
    assert.equal(await read(), "two");
    const next = read();
    await growth.caughtUp;
    Deno.writeTextFileSync(path, "another text, of which no byte was read");
    growth.wake();
    assert.equal(await next, null);
    assert.equal(growth.end, "truncated");
  }, { before: "one" }));

Deno.test("GrowingInput compares also if nothing was read since it has resumed", () =>
  growing(async ({ path, growth, read }) => {
    Deno.writeTextFileSync(path, "another text, of which no byte was read");
    assert.equal(await read(), null);
    assert.equal(growth.end, "truncated");
  }, { before: "one" }));

/** So that what could be read without time passing has been. */
async function settled(path: string): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Deno.stat(path);
}

Deno.test("GrowingInput reads the first bytes after a silence at once, and those of the next milliseconds together", async () => {
  const clock = new ManualClock();
  await growing(async ({ path, growth, append, read }) => {
    for (const turn of [1, 2]) {
      append(`first ${turn}`);
      growth.wake();
      assert.equal(await read(), `first ${turn}`);
      let told: string | null = "";
      const next = read().then((text) => told = text);
      for (const text of [" one", " two", " three"]) {
        append(text);
        growth.wake();
        await settled(path);
      }
      assert.equal(told, "");
      await clock.advance(4);
      assert.equal(await next, " one two three");
      await clock.advance(1_000);
    }
  }, { clock });
});

Deno.test("GrowingInput does not rest while there is more than it was asked for", async () => {
  const text = Array.from({ length: 1_000 }, (_, at) => at).join(), clock = new ManualClock();
  await growing(async ({ append, read }) => {
    append(text);
    let found = "";
    while (found.length < text.length) found += await read();
    assert.equal(found, text);
  }, { clock });
});

Deno.test("Growth is caught up once its end was met, also of a file that is always written to", async () => {
  const clock = new ManualClock();
  await growing(async ({ growth, append, read }) => {
    append("one");
    assert.equal(await read(), "one");
    append("two");
    await clock.advance(4);
    assert.equal(await read(), "two");
    await growth.caughtUp;
  }, { clock });
});

for (const how of ["finish", "close"] as const) {
  Deno.test(`GrowingInput does not rest any more once it is to ${how}`, async () => {
    const clock = new ManualClock();
    await growing(async ({ path, append, read, growth, close }) => {
      append("one");
      assert.equal(await read(), "one");
      const next = read();
      await settled(path);
      assert.ok(growth.isWaiting);
      if (how === "finish") growth.finish();
      else close();
      assert.equal(await next, null);
      assert.equal(growth.end, how === "finish" ? "read_out" : null);
    }, { clock });
  });
}
