/**
 * What a follow does when its process cannot open another file: it waits, and closes files that were read to their ends. How
 * many a process may have open is not told to a program that may not do everything; only a failed opening tells it.
 *
 * @module
 */
import { whenDescriptorsAreFree } from "../../actors/sources/when_descriptors_are_free.ts";
import type { Clock } from "../../kernel/clock.ts";
import { guarded } from "../../sources/files/source_path.ts";
import { type RowSource, SourceError } from "../../sources/source.ts";
import type { Observer } from "../../telemetry/events.ts";
import type { FollowedFile } from "../shared/source_options.ts";

/** What is kept open of that with which an opening has failed: connections and looks need some, too. */
const KEPT_SHARE = 3 / 4;

/** Options of {@link DescriptorRoom}. */
export interface DescriptorRoomOptions {
  readonly clock: Clock;
  readonly observe: Observer;
  /** Ends what waits. */
  readonly signal: AbortSignal;
  /** How many files may stay open that were read to their ends, before an opening has failed. */
  readonly maxOpen: number;
  /** How many are open now. */
  readonly openNow: () => number;
  /** Closes those that are more than {@link DescriptorRoom.maxOpen}. */
  readonly makeRoom: () => void;
}

export class DescriptorRoom {
  readonly #options: DescriptorRoomOptions;
  #maxOpen: number;

  constructor(options: DescriptorRoomOptions) {
    this.#options = options;
    this.#maxOpen = options.maxOpen;
  }

  /** How many files may stay open that were read to their ends. */
  get maxOpen(): number {
    return this.#maxOpen;
  }

  /**
   * Does it again and again while the process has too many files open.
   *
   * @param path for people
   * @throws Any other error of the work, typed if it is one of the file system; the reason of the signal.
   */
  run<T>(path: string, work: () => Promise<T>): Promise<T> {
    const { clock, observe, signal } = this.#options;
    return whenDescriptorsAreFree(() => this.#tried(() => guarded(work, path)), {
      source: path,
      clock,
      observe,
      signal,
    });
  }

  /** Sources whose openings, which wait themselves, make room when they fail. */
  sources(
    sourceOf: (path: string, followed?: FollowedFile) => RowSource,
  ): (path: string, followed?: FollowedFile) => RowSource {
    return (path, followed) => {
      const source = sourceOf(path, followed), { file } = source;
      return {
        ...source,
        ...(file ? { file: { ...file, examine: () => this.#tried(() => file.examine()) } } : {}),
        open: (from) => this.#tried(() => source.open(from)),
      };
    };
  }

  async #tried<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof SourceError && error.code === "out_of_descriptors") this.#lower();
      throw error;
    }
  }

  #lower(): void {
    const { openNow, makeRoom } = this.#options;
    this.#maxOpen = Math.max(1, Math.min(this.#maxOpen, Math.floor(openNow() * KEPT_SHARE)));
    makeRoom();
  }
}
