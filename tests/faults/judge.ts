/**
 * The independent judge: a Python program that reads topics wholly with other libraries and compares them with the files, with
 * nothing of our code. A scenario passes only if it and the product's own audit agree.
 *
 * @module
 */
import { join } from "node:path";
import type { SchemaVersion } from "../../schemas/record_types.ts";
import { cacheDir } from "../../cli/stack/cache_dir.ts";
import { pythonEnvironment } from "../support/python_environment.ts";
import type { StackAddresses } from "../../cli/stack/addresses.ts";

/** A file over its whole life, as the judge is to know it. */
export interface JudgedFile {
  readonly name: string;
  readonly symbol: string;
  readonly companyId: string;
  /** @default asx-ticks */
  readonly format?: "asx-ticks" | "asx-ticks quotes" | "csv";
  /** Paths of the texts that it has had, uncompressed: the last one, which must be there, first. */
  readonly contents: readonly string[];
  /** True if another content took the place of one that may have been read: rows of each may be there. */
  readonly rewritten?: boolean;
  /** How often it may have been loaded from its start. @default 1 */
  readonly origins?: number;
  /** So many records may be put together from two contents, at most. @default 0 */
  readonly torn?: number;
}

/** What is to be judged. */
export interface JudgedCase {
  readonly addresses: Pick<StackAddresses, "brokers" | "registry">;
  readonly topics: readonly { readonly topic: string; readonly version: SchemaVersion }[];
  readonly files: readonly JudgedFile[];
}

/** Counts are records or rows, of all topics together. */
export interface JudgeVerdict {
  readonly ok: boolean;
  /** Copies in the topics. */
  readonly found: number;
  readonly expected: number;
  readonly missing: number;
  readonly twice: number;
  /** Records that no row of any content of any file ever said. */
  readonly false: number;
  /** Behind a later row of the same origin, key and partition. */
  readonly late: number;
  /** Unreadable, without a source header among others that have one, or of an origin that is no file's. */
  readonly unattributed: number;
  readonly wrong_key: number;
  /** Put together from two contents, as far as that was allowed. */
  readonly torn: number;
  /** No longer there at the start of their partitions. */
  readonly gone: number;
  /** The file of each origin. */
  readonly origins: Readonly<Record<string, string | null>>;
  readonly order: string;
  /** A few of each kind. */
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

  /** `null` where there is no Python for it. */
  static async open(): Promise<Judge | null> {
    const requirements = join(PROGRAM, "requirements.txt");
    const say = (line: string) => console.error(line);
    const python = await pythonEnvironment({ cache: cacheDir(), name: "judge", requirements, say });
    return python === null ? null : new Judge(python);
  }

  /** @throws if it comes to no verdict. */
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

/** What the verdict does not like, in words; empty if it likes everything. */
export function judgeProblems(verdict: JudgeVerdict): readonly string[] {
  return KINDS.filter((kind) => verdict[kind] > 0).map((kind) => {
    const [sample = ""] = verdict.samples[kind] ?? [];
    return `judge: ${verdict[kind]} ${kind}${sample === "" ? "" : `, e.g. ${sample}`}`;
  });
}
