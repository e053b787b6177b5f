/**
 * The independent judge: a Python program that reads whole topics with other libraries and compares them with the files,
 * without any of our code. A scenario passes only if the judge and the product's own audit agree.
 *
 * @module
 */
import { join } from "node:path";
import type { SchemaVersion } from "../../schemas/record_types.ts";
import { cacheDir } from "../../cli/stack/cache_dir.ts";
import { pythonEnvironment } from "../support/python_environment.ts";
import type { StackAddresses } from "../../cli/stack/addresses.ts";

/** A file over its whole life, as the judge must know it. */
export interface JudgedFile {
  readonly name: string;
  readonly symbol: string;
  readonly companyId: string;
  /** @default asx-ticks */
  readonly format?: "asx-ticks" | "asx-ticks quotes" | "csv";
  /** Paths of all its texts, uncompressed. The first path is the latest text, which must be in the topics. */
  readonly contents: readonly string[];
  /** True if another content replaced one that may have been read: rows of both may be in the topics. */
  readonly rewritten?: boolean;
  /** How often it may have been loaded from the start. @default 1 */
  readonly origins?: number;
  /** Maximum number of records that may mix two contents. @default 0 */
  readonly torn?: number;
}

/** The input of the judge. */
export interface JudgedCase {
  readonly addresses: Pick<StackAddresses, "brokers" | "registry">;
  readonly topics: readonly { readonly topic: string; readonly version: SchemaVersion }[];
  readonly files: readonly JudgedFile[];
}

/** Counts are records or rows, of all topics together. */
export interface JudgeVerdict {
  readonly ok: boolean;
  /** Duplicates in the topics. */
  readonly found: number;
  readonly expected: number;
  readonly missing: number;
  readonly twice: number;
  /** Records that match no row of any content of any file. */
  readonly false: number;
  /** Records after a later row of the same origin, key and partition. */
  readonly late: number;
  /** Records that are unreadable, lack a source header although others have one, or name an origin of no file. */
  readonly unattributed: number;
  readonly wrong_key: number;
  /** Records that mix two contents, within the allowed number. */
  readonly torn: number;
  /** Records that retention has deleted at the start of their partitions. */
  readonly gone: number;
  /** The file of each origin. */
  readonly origins: Readonly<Record<string, string | null>>;
  readonly order: string;
  /** Some examples of each kind. */
  readonly samples: Readonly<Record<string, readonly string[]>>;
}

const PROGRAM = join(import.meta.dirname ?? ".", "judge");
const KINDS = ["missing", "twice", "false", "late", "unattributed", "wrong_key", "gone"] as const;

/** Asks the judge. */
export class Judge {
  readonly #python: string;

  private constructor(python: string) {
    this.#python = python;
  }

  /** `null` if there is no suitable Python. */
  static async open(): Promise<Judge | null> {
    const requirements = join(PROGRAM, "requirements.txt");
    const say = (line: string) => console.error(line);
    const python = await pythonEnvironment({ cache: cacheDir(), name: "judge", requirements, say });
    return python === null ? null : new Judge(python);
  }

  /** @throws if it reaches no verdict. */
  async verdict({ addresses, topics, files }: JudgedCase): Promise<JudgeVerdict> {
    const child = new Deno.Command(this.#python, {
      args: ["-B", join(PROGRAM, "judge.py")],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(JSON.stringify({
      brokers: addresses.brokers.join(","),
      registry: addresses.registry,
      topics,
      files: files.map(({ companyId, format = "asx-ticks", ...rest }) => ({
        ...rest,
        format,
        company_id: companyId,
        exchange: "ASX",
        asset_class: "equities",
        currency: "AUD",
        time_zone: "Australia/Sydney",
      })),
    })));
    await writer.close();
    const { stdout, stderr } = await child.output();
    const line = new TextDecoder().decode(stdout).trim();
    if (!line.startsWith("{")) throw new Error(`The judge came to no verdict: ${new TextDecoder().decode(stderr)}`);
    return JSON.parse(line);
  }
}

/** The problems in the verdict, in words; empty if there are none. */
export function judgeProblems(verdict: JudgeVerdict): readonly string[] {
  return KINDS.filter((kind) => verdict[kind] > 0).map((kind) => {
    const [sample = ""] = verdict.samples[kind] ?? [];
    return `judge: ${verdict[kind]} ${kind}${sample === "" ? "" : `, e.g. ${sample}`}`;
  });
}
