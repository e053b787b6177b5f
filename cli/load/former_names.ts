/**
 * The names that rotations gave to files of a name while this run followed it: what else has such a name had that one, too.
 *
 * @module
 */
import { basename } from "node:path";

/** Names of which that is known. */
const KEPT = 1_000;
/** Of a name: those that one rotation gives are alike. */
const KEPT_OF_NAME = 3;

export class FormerNames {
  /** By path, in the order in which they were noted. */
  readonly #names = new Map<string, readonly string[]>();

  /** A file that had the path has another name in its folder. */
  note(path: string, name: string): void {
    if (name === basename(path)) return;
    const others = this.of(path).filter((other) => other !== name);
    this.#names.delete(path);
    this.#names.set(path, [...others, name].slice(-KEPT_OF_NAME));
    const [oldest] = this.#names.keys();
    if (oldest !== undefined && this.#names.size > KEPT) this.#names.delete(oldest);
  }

  of(path: string): readonly string[] {
    return this.#names.get(path) ?? [];
  }
}
