/** `load --follow` as a command: what it refuses, what it says, and how it ends. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { EXIT } from "../../cli/shared/exit_codes.ts";
import { TestProgram } from "../support/cli.ts";
import { inFolder } from "../support/temp_folder.ts";

const FLAGS = ["--format", "csv", "--data-type", "trades", "--exchange", "ASX"] as const;
const HEADER = "symbol,timestamp,price,quantity,currency\n";

function row(number: number): string {
  return `BHP,2024-05-06T00:00:00.${String(number).padStart(3, "0")}Z,45.5,1,AUD\n`;
}

Deno.test("load --follow refuses at the start what cannot be followed", () =>
  inFolder(async (folder) => {
    Deno.writeTextFileSync(join(folder, "a.csv"), HEADER);
    Deno.writeTextFileSync(join(folder, "a.csv.gz"), "");
    const program = new TestProgram({ cwd: folder });
    const refused: readonly (readonly [args: readonly string[], message: RegExp])[] = [
      [["-"], /--follow takes files and folders, and - is a stream/],
      [["a.csv.gz"], /a\.csv\.gz is compressed/],
      [["a.csv", "--take-last-line"], /--follow.*cannot be used with.*--take-last-line/],
      [["a.csv", "--dry-run"], /cannot be used with/],
      [["a.csv", "--limit", "5"], /cannot be used with/],
      [["a.csv", "--restart"], /cannot be used with/],
      [["a.csv", "--only-missing"], /cannot be used with/],
      [["a.csv", "--overlap", "skip"], /--follow does not go with --overlap skip/],
      [["a.csv", "--shard", "0/2"], /--follow does not go with --shard/],
      [["a.csv.zip"], /is compressed/],
      [["a.parquet"], /is compressed/],
    ];
    for (const [args, message] of refused) {
      const { exitCode, stderr } = await program.run(
        "load",
        "--follow",
        ...args,
        ...FLAGS,
        "--data-dir",
        join(folder, "d"),
      );
      assert.equal(exitCode, EXIT.usage, `${args.join(" ")}: ${stderr}`);
      assert.match(stderr, message);
    }
    const inFile = await program.run("load", "--follow", "a.csv/b.csv", ...FLAGS, "--data-dir", join(folder, "d"));
    assert.equal(inFile.exitCode, EXIT.final);
    assert.match(inFile.stderr, /b\.csv is not a file/);
  }));

Deno.test("load --follow reads on until the signal, and accounts for all", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a.csv");
    Deno.writeTextFileSync(path, HEADER + row(1));
    const program = new TestProgram({ cwd: folder });
    const running = program.run("load", "--follow", "a.csv", ...FLAGS, "--data-dir", join(folder, "d"), "--json");
    const topic = "market.equities.trades.asx";
    const written = () =>
      program.log.broker.topic(topic)?.partitions.reduce((sum, { records }) => sum + records.length, 0);
    await until(() => written() === 1);
    Deno.writeTextFileSync(path, row(2) + row(3), { append: true });
    await until(() => written() === 3);
    program.stopping.abort();
    const { exitCode, stdout } = await running;
    assert.equal(exitCode, EXIT.interrupted);
    const report = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
    const { read, acked, lost, interrupted, follow } = report;
    assert.deepEqual({ read, acked, lost, interrupted }, { read: 3, acked: 3, lost: 0, interrupted: true });
    assert.deepEqual([follow.files, follow.lag_bytes, follow.truncations], [1, 0, []]);
  }));

Deno.test("load --follow waits for a file that is named and not there yet, and for what had its name", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a.csv"), flags = [...FLAGS, "--data-dir", join(folder, "d")];
    const program = new TestProgram({ cwd: folder });
    const written = () =>
      program.log.broker.topic("market.equities.trades.asx")?.partitions.reduce(
        (sum, { records }) => sum + records.length,
        0,
      );
    Deno.writeTextFileSync(path, HEADER + row(1));
    assert.equal((await program.run("load", "a.csv", ...flags)).exitCode, EXIT.ok);
    Deno.writeTextFileSync(path, row(2), { append: true });
    // Between the two steps of a rotation.
    Deno.renameSync(path, `${path}.1`);
    const running = program.run("load", "--follow", "a.csv", ...flags, "--json");
    await until(() => /There is no file a\.csv in .* yet: it is read when it comes\./.test(running.told()));
    Deno.writeTextFileSync(path, HEADER + row(3));
    await until(() => written() === 3);
    program.stopping.abort();
    const { exitCode, stderr } = await running;
    assert.equal(exitCode, EXIT.interrupted);
    assert.equal(stderr.match(/There is no file/g)?.length, 1);
  }));

for (const path of ["none/b.csv", "none/*.csv", "none/"]) {
  Deno.test(`load --follow ${path} waits for the folder`, () =>
    inFolder(async (folder) => {
      const program = new TestProgram({ cwd: folder });
      const written = () =>
        program.log.broker.topic("market.equities.trades.asx")?.partitions.reduce(
          (sum, { records }) => sum + records.length,
          0,
        );
      const running = program.run("load", "--follow", path, ...FLAGS, "--data-dir", join(folder, "d"));
      await until(() => /none: there is no such folder now: what is in it is read when it comes/.test(running.told()));
      Deno.mkdirSync(join(folder, "none"));
      Deno.writeTextFileSync(join(folder, "none", "b.csv"), HEADER + row(1));
      await until(() => written() === 1);
      program.stopping.abort();
      const { exitCode, stderr } = await running;
      assert.equal(exitCode, EXIT.interrupted);
      assert.equal(stderr.match(/there is no such folder/gi)?.length, 1);
    }));
}

async function until(isSo: () => boolean): Promise<void> {
  const stop = AbortSignal.timeout(60_000);
  while (!isSo()) {
    stop.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
