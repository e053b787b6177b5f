/**
 * Finds the Java and Maven that a stack needs, and says what is missing.
 *
 * @module
 */
import { join } from "node:path";
import { StackError } from "./stack_error.ts";
import { MIN_JAVA_VERSION } from "./versions.ts";

/** Reads the environment; a parameter, so that tests can replace it. */
export type Env = (name: string) => string | undefined;

const denoEnv: Env = (name) => Deno.env.get(name);

/** Output of a program that has ended. */
export interface ProgramOutput {
  readonly code: number;
  readonly text: string;
}

/** Runs a program to its end, with stdout and stderr in one text; `null` if the program is not installed. */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<ProgramOutput | null> {
  try {
    const output = await new Deno.Command(program, {
      args: [...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      ...options,
    }).output();
    const decoder = new TextDecoder();
    return { code: output.code, text: decoder.decode(output.stdout) + decoder.decode(output.stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return null;
    throw error;
  }
}

/** Major version in the output of `java -version`, or `null`; `1.8.0` gives 8. */
export function javaMajorVersion(text: string): number | null {
  const match = /version "(?:1\.)?(\d+)/.exec(text);
  return match?.[1] === undefined ? null : Number(match[1]);
}

/** Path of a program of the JDK: under `$JAVA_HOME` if set, else on the path. */
export function javaProgram(name: "java" | "keytool", env: Env = denoEnv): string {
  const home = env("JAVA_HOME");
  return home ? join(home, "bin", name) : name;
}

/** Sentences that say what a stack lacks; empty if nothing is missing. `mvn` counts only if it is needed. */
export async function missingTools(options: { needMaven: boolean; env?: Env }): Promise<string[]> {
  const missing: string[] = [];
  const java = javaProgram("java", options.env);
  const output = await runProgram(java, ["-version"]);
  const major = output === null ? null : javaMajorVersion(output.text);
  if (output === null) {
    missing.push(`Java ${MIN_JAVA_VERSION} or newer is missing: there is no program "${java}".`);
  } else if (major === null) {
    missing.push(`Java ${MIN_JAVA_VERSION} or newer is missing: "${java} -version" does not say its version.`);
  } else if (major < MIN_JAVA_VERSION) {
    missing.push(`Java ${MIN_JAVA_VERSION} or newer is missing: "${java}" is version ${major}.`);
  }
  if (options.needMaven && await runProgram("mvn", ["--version"]) === null) {
    missing.push('Maven is missing: there is no program "mvn". It fetches Kafka and the registry once.');
  }
  return missing;
}

/** Rejects with a {@link StackError} that names each missing tool. */
export async function requireTools(options: { needMaven: boolean; env?: Env }): Promise<void> {
  const missing = await missingTools(options);
  if (missing.length === 0) return;
  throw new StackError(
    `${missing.join("\n")}\nInstall it (for example "apt-get install openjdk-17-jre-headless maven"), or use ` +
      `"docker compose up" with compose.yaml instead.`,
  );
}
