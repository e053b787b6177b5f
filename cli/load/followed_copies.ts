/**
 * Copies of files that are followed: a rotation by copying makes one, and cuts the original only then. Until that is done it
 * cannot be told from a file of its own, and its rows are those of the original.
 *
 * @module
 */
import type { VersionFlag } from "../../config/version_flag.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Growth } from "../../sources/files/growth.ts";
import { type ExaminedFile, type RowSource, SourceError } from "../../sources/source.ts";
import type { CheckpointStore } from "../../state/checkpoints.ts";
import type { Observer } from "../../telemetry/events.ts";
import type { ListedFile } from "./followed_paths.ts";

/** What {@link Copies} works with. */
export interface CopiesOptions {
  readonly store: Pick<CheckpointStore, "load">;
  readonly versions: VersionFlag;
  readonly sourceOf: (path: string) => RowSource;
  readonly clock: Clock;
  readonly observe: Observer;
}

/** A file that is followed. */
interface Followed {
  readonly source: RowSource;
  readonly growth: Growth;
}

/** What was found out of a file at an earlier look. */
interface Known {
  readonly of: Followed;
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
  async isCopy(file: ListedFile, followed: Iterable<Followed>): Promise<boolean> {
    const { clock, observe } = this.#options;
    const all = [...followed];
    const now = clock.monotonic(), known = this.#known.get(file.identity);
    if (
      known !== undefined && known.bytes === file.bytes && now - known.lookedAt < AGAIN_MS && all.includes(known.of)
    ) {
      return true;
    }
    const of = await this.#originalOf(file, all);
    if (of === null) {
      this.#known.delete(file.identity);
      return false;
    }
    if (known === undefined) {
      observe({ type: "copy_passed_over", stage: "receiving", source: file.path, of: of.source.name });
    }
    this.#known.set(file.identity, { of, bytes: file.bytes, lookedAt: now });
    return true;
  }

  /** What is gone is forgotten. */
  forget(present: ReadonlySet<string>): void {
    for (const identity of this.#known.keys()) if (!present.has(identity)) this.#known.delete(identity);
  }

  async #originalOf({ path }: ListedFile, all: readonly Followed[]): Promise<Followed | null> {
    return await lookAt(() => this.#options.sourceOf(path), async (examined) => {
      const first = await firstRowOf(examined);
      if (first === null) return null;
      for (const each of all) if (await this.#isOf(each, { examined, first })) return each;
      return null;
    });
  }

  async #isOf(
    { source }: Followed,
    { examined, first }: { readonly examined: ExaminedFile; readonly first: string },
  ): Promise<boolean> {
    const { store, versions } = this.#options;
    const content = store.load({ source: source.id, versions })?.position.at.content;
    // Of a file that has just begun no checkpoint says so.
    const known = content?.samples.first ?? await lookAt(() => source, firstRowOf);
    if (known !== first) return false;
    // One that is shorter may be copied just now.
    return content === undefined || content.bytes === 0 || (await examined.compare(content)).type !== "changed";
  }
}

async function firstRowOf(examined: ExaminedFile): Promise<string | null> {
  return (await examined.start()).at.content?.samples.first ?? null;
}

/** Null also if it cannot be read: its own source tells. */
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
    if (error instanceof SourceError) return null;
    throw error;
  }
}
