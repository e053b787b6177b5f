/** `load` of paths that are no readable files: its message and exit code. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { join } from "node:path";
import project from "../../deno.json" with { type: "json" };
import { StateDatabase } from "../../state/database.ts";
import { DeadLetterStore } from "../../state/dead_letters.ts";
import { inFolder } from "../support/temp_folder.ts";

const ROOT = join(import.meta.dirname ?? ".", "../..");
const TEXT = "symbol,timestamp,price,quantity\nBHP,2024-05-06T00:00:00Z,45.5,1\nBHP,2024-05-06T00:00:01Z,45.5,2\n";
const IS_WINDOWS = Deno.build.os === "windows";

interface Outcome {
  readonly code: number;
  /** The output of `--json`. */
  readonly report: Readonly<Record<string, unknown>>;
  readonly text: string;
}

async function load(folder: string, path: string, stdin = ""): Promise<Outcome> {
  const [, ...rest] = project.tasks.load.command.split(" ");
  const flags = ["--format=csv", "--data-type=trades", "--exchange=ASX", "--currency=AUD", "--company-id=7"];
  const env = Object.fromEntries(["HOME", "DENO_DIR", "PATH"].flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
  const child = new Deno.Command(Deno.execPath(), {
    args: [...rest, path, ...flags, `--data-dir=${join(folder, "data")}`, "--json"],
    cwd: ROOT,
    clearEnv: true,
    env: { ...env, NO_COLOR: "1", INIT_CWD: folder },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin)).catch(() => {});
  await writer.close().catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const [out, said] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, report: JSON.parse(out ?? ""), text: `${out}${said}` };
}

Deno.test("a bad row of one standard input does not touch the letter of an earlier one", () =>
  inFolder(async (folder) => {
    const [header] = TEXT.split("\n");
    for (const bad of ["first", "second"]) {
      const { code, report, text } = await load(folder, "-", `${header}\n${bad}\n`);
      assert.equal(code, 4, text);
      assert.partialDeepStrictEqual(report, { read: 1, dead_lettered: 1, dead_letters_open: 1 });
    }
    using database = StateDatabase.open(join(folder, "data"));
    const texts = new DeadLetterStore(database).list().map(({ bytes }) => new TextDecoder().decode(bytes));
    assert.deepEqual(texts, ["first", "second"]);
  }));

Deno.test({
  name: "load treats /dev/stdin as standard input",
  ignore: IS_WINDOWS,
  fn: () =>
    inFolder(async (folder) => {
      const { code, report, text } = await load(folder, "/dev/stdin", TEXT);
      assert.equal(code, 0, text);
      assert.partialDeepStrictEqual(report, { read: 2, acked: 2 });
    }),
});

Deno.test({
  name: "load reads a named pipe to its end, once",
  ignore: IS_WINDOWS,
  fn: () =>
    inFolder(async (folder) => {
      const path = join(folder, "pipe.csv");
      assert.ok((await new Deno.Command("mkfifo", { args: [path] }).output()).success);
      const loading = load(folder, path);
      await Deno.writeTextFile(path, TEXT);
      const { code, report, text } = await loading;
      assert.equal(code, 0, text);
      assert.partialDeepStrictEqual(report, { read: 2, acked: 2, resumed_from: null });
    }),
});

Deno.test({
  name: "load treats a device as a mistake of the command, and nothing is written",
  ignore: IS_WINDOWS,
  fn: () =>
    inFolder(async (folder) => {
      const { code, text } = await load(folder, "/dev/null");
      assert.equal(code, 2, text);
      assert.match(text, /\/dev\/null (is a device|may not be opened).*Pipe what it holds into -/);
    }),
});

Deno.test({
  name: "load treats a socket as a mistake of the command",
  ignore: IS_WINDOWS,
  fn: () =>
    inFolder(async (folder) => {
      const path = join(folder, "socket.csv");
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(path, resolve));
      try {
        const { code, text } = await load(folder, path);
        assert.equal(code, 2, text);
        assert.match(text, /socket\.csv is a socket, not a file/);
      } finally {
        await new Promise((resolve) => server.close(resolve));
      }
    }),
});

/** Root ignores file modes, and Windows has none. */
const MAY_READ_ALL = IS_WINDOWS || Deno.uid() === 0;

Deno.test({
  name: "load of a file that this user may not read is exit code 5, and says what to change",
  ignore: MAY_READ_ALL,
  fn: () =>
    inFolder(async (folder) => {
      const path = join(folder, "a.csv");
      await Deno.writeTextFile(path, TEXT);
      await Deno.chmod(path, 0o000);
      const { code, text } = await load(folder, path);
      assert.equal(code, 5, text);
      assert.match(text, /a\.csv may not be read by this user\. Change its permissions\./);
    }),
});
