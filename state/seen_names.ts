/**
 * The names that were followed before their files had a row, so that no load of them had begun: which file was seen under each. What
 * has the name by the next run may be another one, and the rows of this one are to be read before it.
 *
 * @module
 */
import { z } from "zod";
import type { VersionFlag } from "../config/version_flag.ts";
import type { FileStamp } from "../records/content/file_stamp.ts";
import { stampSchema } from "./checkpoint.ts";
import type { StateDatabase } from "./database.ts";
import { Marks } from "./marks.ts";

/** What was seen under a name. */
export interface SeenName {
  /** The file without a row; null if there was none of the name. */
  readonly stamp: FileStamp | null;
  /** What was written to later than this may have had the name since, in milliseconds, by the clock of the files. */
  readonly since: number;
}

const schema: z.ZodType<SeenName> = z.strictObject({ stamp: stampSchema.nullable(), since: z.number() });

export class SeenNames {
  readonly #marks: Marks<SeenName>;
  readonly #versions: VersionFlag;

  /**
   * Those that are followed under a setting of the version flag.
   *
   * @throws {StorageError}
   */
  constructor(database: StateDatabase, versions: VersionFlag) {
    this.#marks = new Marks(database, { kind: "seen", schema });
    this.#versions = versions;
  }

  /**
   * Null if nothing is noted; `damaged` if it is not what was noted.
   *
   * @param path absolute
   * @throws {StorageError}
   */
  get(path: string): SeenName | "damaged" | null {
    return this.#marks.get(this.#nameOf(path));
  }

  /** Call once all that had the name before is read. @throws {StorageError} */
  note(path: string, seen: SeenName): void {
    this.#marks.put(this.#nameOf(path), seen);
  }

  /** A load of the name's file has begun. @throws {StorageError} */
  forget(path: string): void {
    this.#marks.remove(this.#nameOf(path));
  }

  #nameOf(path: string): string {
    return `${this.#versions} ${path}`;
  }
}
