/**
 * What becomes of a followed file whose reading has ended: it has another name by now, was removed, or begins anew.
 *
 * @module
 */
import type { Runtime } from "../../runtime.ts";
import { placeBeside } from "../../runtime/resuming/content_place.ts";
import { type FileBeside, fileBeside } from "../../runtime/resuming/former_file.ts";
import type { StoredCheckpoint } from "../../state/checkpoint.ts";
import type { Observer } from "../../telemetry/events.ts";
import type { DescriptorRoom } from "./descriptor_room.ts";
import type { EarlierFiles } from "./earlier_files.ts";
import type { Copies } from "./followed_copies.ts";
import { LOOKS } from "./folder_files.ts";
import type { OpenFile } from "./open_file.ts";

/** A file that was cut, or written anew. */
export interface Truncation {
  readonly source: string;
  /** What was read of it before. */
  readonly rows: number;
  readonly bytes: number;
  /** Where that was found; null: what was written after it is lost. */
  readonly copy: string | null;
}

/** Options of {@link FileEnds}. */
export interface FileEndsOptions {
  readonly runtime: Runtime;
  readonly observe: Observer;
  readonly room: Pick<DescriptorRoom, "run">;
  readonly earlier: EarlierFiles;
  /** Told that a file has lost its name or its rows. */
  readonly copies: Pick<Copies, "replaced" | "madeBefore">;
}

const KEPT_TRUNCATIONS = 100;

export class FileEnds {
  readonly #options: FileEndsOptions;
  readonly #truncations: Truncation[] = [];
  #rotations = 0;

  constructor(options: FileEndsOptions) {
    this.#options = options;
  }

  get rotations(): number {
    return this.#rotations;
  }

  /** The latest ones. */
  get truncations(): readonly Truncation[] {
    return this.#truncations;
  }

  async lostName(open: OpenFile, how: "rotated" | "removed"): Promise<void> {
    const { runtime, observe, earlier, copies } = this.#options, { source, file, growth: { bytes } } = open;
    const aside = await copies.replaced(() => runtime.fileReplaced(source, "renamed"));
    if (how === "rotated") {
      this.#rotations += 1;
      earlier.noteRotated(file, bytes);
    }
    observe({ type: "followed_file_ended", stage: "receiving", source: source.name, how, bytes });
    await earlier.noteRenamed(open, aside);
  }

  async beganAnew(open: OpenFile): Promise<void> {
    const { source, growth } = open;
    const { runtime, observe, room, earlier, copies } = this.#options;
    const aside = await copies.replaced(() => runtime.fileReplaced(source, "truncated"));
    const copy = aside === null ? null : await room.run(source.name, () => copyOf(aside));
    if (aside !== null && copy === null) {
      const before = await room.run(source.name, () => copies.madeBefore(open.file.path, aside));
      for (const file of before) earlier.noteCopy(file);
    }
    const rows = aside?.position.row ?? 0;
    const truncation = { source: source.name, rows, bytes: growth.bytes, copy: copy?.path ?? null };
    this.#truncations.push(truncation);
    this.#truncations.splice(0, this.#truncations.length - KEPT_TRUNCATIONS);
    observe({ type: "followed_file_truncated", stage: "receiving", ...truncation });
    earlier.noteBefore(open, copy === null ? [] : [copy]);
  }
}

/** It may get another name, or be compressed, while it is looked for. */
async function copyOf(aside: StoredCheckpoint): Promise<FileBeside | null> {
  for (let look = 0; look < LOOKS; look++) {
    const place = await placeBeside(aside);
    const file = place === null ? null : await fileBeside(place);
    if (file !== null) return file;
  }
  return null;
}
