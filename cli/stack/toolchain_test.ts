import assert from "node:assert/strict";
import { join } from "node:path";
import { StackError } from "./stack_error.ts";
import { javaMajorVersion, javaProgram, missingTools, requireTools, runProgram } from "./toolchain.ts";

Deno.test("javaMajorVersion reads the version output of the JDKs", () => {
  assert.equal(javaMajorVersion('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment'), 17);
  assert.equal(javaMajorVersion('java version "21" 2023-09-19 LTS'), 21);
  assert.equal(javaMajorVersion('java version "1.8.0_392"'), 8);
  assert.equal(javaMajorVersion('openjdk version "26-ea" 2026-03-17'), 26);
  assert.equal(javaMajorVersion("No Java runtime present"), null);
});

Deno.test("javaProgram follows JAVA_HOME", () => {
  assert.equal(javaProgram("java", () => undefined), "java");
  assert.equal(javaProgram("keytool", () => "/opt/jdk"), join("/opt/jdk", "bin", "keytool"));
});

Deno.test("runProgram gives code and output, null for a program that is not there", async () => {
  assert.deepEqual(await runProgram("sh", ["-c", "echo out; echo err >&2; exit 3"]), { code: 3, text: "out\nerr\n" });
  assert.equal(await runProgram("/no/such/program", []), null);
});

/** A JAVA_HOME whose java prints this text. */
async function withJava(
  says: string,
  use: (env: (name: string) => string | undefined) => Promise<void>,
): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(home, "bin"));
    await Deno.writeTextFile(join(home, "bin", "java"), `#!/bin/sh\necho '${says}' >&2\n`, { mode: 0o755 });
    await use((name) => name === "JAVA_HOME" ? home : undefined);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

Deno.test("missingTools names a Java that is too old, one that says nothing, and one that is not there", async () => {
  await withJava('java version "11.0.2"', async (env) => {
    assert.match(
      (await missingTools({ needMaven: false, env })).join(),
      /Java 17 or newer is missing: .* is version 11/,
    );
  });
  await withJava("hello", async (env) => {
    assert.match((await missingTools({ needMaven: false, env })).join(), /does not say its version/);
  });
  await withJava('openjdk version "17.0.1"', async (env) => {
    assert.deepEqual(await missingTools({ needMaven: false, env }), []);
  });
  const nowhere = (name: string) => name === "JAVA_HOME" ? "/no/such/jdk" : undefined;
  assert.match((await missingTools({ needMaven: false, env: nowhere })).join(), /there is no program/);
  await assert.rejects(
    requireTools({ needMaven: false, env: nowhere }),
    (error) => error instanceof StackError && /Java 17/.test(error.message) && /compose\.yaml/.test(error.message),
  );
});
