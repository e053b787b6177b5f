/**
 * Copies of files that are followed: a rotation by copying makes one, and cuts the original only then. Until that is done it
 * cannot be told from a file of its own, and its rows are those of the original.
 *
 * @module
 */
import type { VersionFlag } from "../../config/version_flag.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { ContentMark } from "../../records/content/content_chain.ts";
import { Growth } from "../../sources/files/growth.ts";
import { type ExaminedFile, type RowSource, SourceError } from "../../sources/source.ts";
import type { CheckpointStore } from "../../state/checkpoints.ts";
import type { Observer } from "../../telemetry/events.ts";
import type { FollowedFile } from "../shared/source_options.ts";
import { type ListedFile, lookAtFile } from "./followed_paths.ts";

/** What {@link Copies} works with. */
export interface CopiesOptions {
  readonly store: Pick<CheckpointStore, "load">;
  readonly versions: VersionFlag;
  readonly sourceOf: (path: string, followed?: FollowedFile) => RowSource;
  readonly clock: Clock;
  readonly observe: Observer;
}

/** A file that is followed. */
export interface Original {
  /** Of its source. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly path: string;
  /** See `fileIdentity`. */
  readonly identity: string;
  /** Hash of its first row, so that thousands of closed files need not be asked for it. @default not known */
  readonly first?: string | null;
}

/** What a file is taken for a copy of. */
interface Copied {
  readonly of: Original;
  /** False if nothing of that is settled, so that the next look may tell more. */
  readonly isSure: boolean;
}

/** What was found out of a file at an earlier look. */
interface Known {
  readonly of: string;
  readonly bytes: number;
  readonly lookedAt: number;
}

/** What may be a copy is compared again after so long, though neither seems to have changed. */
const AGAIN_MS = 60_000;

export class Copies {
  readonly #options: CopiesOptions;
  /** By identity. */
  readonly #known = new Map<string, Known>();

  constructor(options: CopiesOptions) {
    this.#options = options;
  }

  /**
   * Whether a file has the rows that were read of one that is followed, or the first of them.
   *
   * @throws {SourceError}
   */
  async isCopy(file: ListedFile, followed: Iterable<Original>): Promise<boolean> {
    const { clock, observe } = this.#options;
    // One that is closed is no copy of itself, nor is what has its name by now.
    const all = [...followed].filter(({ path, identity }) => path !== file.path && identity !== file.identity);
    const now = clock.monotonic(), known = this.#known.get(file.identity);
    if (
      known !== undefined && known.bytes === file.bytes && now - known.lookedAt < AGAIN_MS &&
      all.some(({ identity }) => identity === known.of)
    ) {
      return true;
    }
    const found = await this.#originalOf(file, all);
    if (found === null) {
      this.#known.delete(file.identity);
      return false;
    }
    const { of, isSure } = found;
    if (known === undefined) observe({ type: "copy_passed_over", stage: "receiving", source: file.path, of: of.name });
    this.#known.set(file.identity, { of: of.identity, bytes: file.bytes, lookedAt: isSure ? now : -Infinity });
    return true;
  }

  /** Hash of the first row of a source, as far as it is settled. */
  firstRowOf(id: string): string | null {
    const { store, versions } = this.#options;
    return store.load({ source: id, versions })?.position.at.content?.samples.first ?? null;
  }

  /** What is gone is forgotten. */
  forget(present: ReadonlySet<string>): void {
    for (const identity of this.#known.keys()) if (!present.has(identity)) this.#known.delete(identity);
  }

  async #originalOf({ path }: ListedFile, all: readonly Original[]): Promise<Copied | null> {
    return await lookAt(() => this.#options.sourceOf(path), async (examined) => {
      const first = await firstRowOf(examined);
      if (first === null) return null;
      for (const of of all) {
        const isSure = await this.#isCopyOf(of, { examined, first });
        if (isSure !== null) return { of, isSure };
      }
      return null;
    });
  }

  /** Null: it is not; false: nothing is known yet by which it could be told. */
  async #isCopyOf(
    original: Original,
    { examined, first }: { readonly examined: ExaminedFile; readonly first: string },
  ): Promise<boolean | null> {
    const { store, versions, sourceOf } = this.#options;
    if (original.first !== undefined && original.first !== first) return null;
    const content = store.load({ source: original.id, versions })?.position.at.content;
    // Of a file that has just begun no checkpoint says so.
    const known = content?.samples.first ?? await lookAt(() => sourceOf(original.path), firstRowOf);
    if (known !== first) return null;
    if (content === undefined || content.bytes === 0) return false;
    // One that is shorter may be copied just now.
    if ((await examined.compare(content)).type === "changed") return null;
    return await this.#isShorter(original, { content, than: examined.stamp.size }) ? null : true;
  }

  /**
   * Whether a file has fewer bytes than another one that begins as it does, and was not cut: that one has rows of its own, as a copy
   * never has more than what it is of. The size is looked at before the content: that tells that it was not cut until then.
   */
  async #isShorter(
    { path, identity }: Original,
    { content, than }: { readonly content: ContentMark; readonly than: number },
  ): Promise<boolean> {
    const now = await lookAtFile(path, false);
    if (now === null || now.identity !== identity || now.bytes >= than) return false;
    const source = () => this.#options.sourceOf(path, { growth: new Growth(identity) });
    return await lookAt(source, async (examined) => (await examined.compare(content)).type === "same") === true;
  }
}

async function firstRowOf(examined: ExaminedFile): Promise<string | null> {
  return (await examined.start()).at.content?.samples.first ?? null;
}

/** Null also if it cannot be read: its own source tells. What can be opened later may be a copy. */
async function lookAt<T>(sourceOf: () => RowSource, look: (examined: ExaminedFile) => Promise<T>): Promise<T | null> {
  try {
    const examined = await sourceOf().file?.examine() ?? null;
    if (examined === null) return null;
    try {
      return await look(examined);
    } finally {
      examined.close();
    }
  } catch (error) {
    if (error instanceof SourceError && error.code !== "out_of_descriptors") return null;
    throw error;
  }
}
