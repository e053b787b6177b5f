/**
 * The files of a run with every text that each of them has had: the topics must match them at the end.
 *
 * @module
 */
import { gzipSync, zstdCompressSync } from "node:zlib";
import { dirname, join } from "node:path";
import type { JudgedFile } from "../judge.ts";
import type { FilePlan, Packing } from "./plan.ts";

/** Content of one file, under any name. */
interface Content {
  path: string;
  readonly symbol: number;
  readonly packing: Packing;
  /** The current text. */
  text: string;
  /** The other half of a line, which is written later or at the end. */
  owed: string;
  /** Former texts. */
  readonly earlier: string[];
  /** The text of a copy that was made before the file was cut. */
  copied: string;
  /** How often its content was replaced. */
  replaced: number;
}

/** All files of a run. */
export class FileHistory {
  readonly #dir: string;
  readonly #pool: readonly string[];
  readonly #contents: Content[] = [];
  readonly #copies: string[] = [];
  #next: number;

  /** @param pool lines, each with its end */
  constructor(dir: string, pool: readonly string[]) {
    this.#dir = dir;
    this.#pool = pool;
    this.#next = Math.floor(pool.length / 2);
  }

  async create(files: readonly FilePlan[]): Promise<void> {
    for (const { symbol, from, rows, packing } of files) {
      const folder = join(this.#dir, `f${this.#contents.length}`);
      await Deno.mkdir(folder, { recursive: true });
      const path = join(folder, `${7078 + symbol}.csv${packing === "plain" ? "" : `.${packing}`}`);
      const text = this.#pool.slice(from, from + rows).join("");
      this.#contents.push({ path, symbol, packing, text, owed: "", earlier: [], copied: "", replaced: 0 });
      await Deno.writeFile(path, packed(text, packing));
    }
  }

  /** The paths for a load: all existing files. */
  get paths(): readonly string[] {
    return [...this.#contents.map(({ path }) => path), ...this.#copies];
  }

  /** True if a file's content was replaced. */
  get replaced(): boolean {
    return this.#contents.some(({ replaced }) => replaced > 0);
  }

  get rows(): number {
    return this.#contents.reduce((sum, { text, copied }) => sum + `${copied}${text}`.split("\n").length - 1, 0);
  }

  async append(file: number, rows: number): Promise<void> {
    const content = this.#plain(file);
    if (content === null) return;
    await this.#add(content, `${content.owed}${this.#lines(rows)}`);
    content.owed = "";
  }

  /** Appends rows of which the last one is cut; its other half stays owed. */
  async appendTorn(file: number, rows: number): Promise<void> {
    const content = this.#plain(file);
    if (content === null) return;
    const text = `${content.owed}${this.#lines(rows)}`;
    const cut = text.length - 2 - (rows % 20);
    await this.#add(content, text.slice(0, cut));
    content.owed = text.slice(cut);
  }

  /** Writes the owed half of every file. */
  async settle(): Promise<void> {
    for (const content of this.#contents) {
      const { owed } = content;
      content.owed = "";
      if (owed !== "") await this.#add(content, owed);
    }
  }

  /** Renames the file, and puts a new one under its name. */
  async rotate(file: number, rows: number): Promise<void> {
    const content = this.#plain(file);
    if (content === null) return;
    const { path, symbol } = content;
    const old = await this.#placeBeside(path);
    await Deno.rename(path, old);
    content.path = old;
    const text = this.#lines(rows);
    const fresh: Content = { path, symbol, packing: "plain", text, owed: "", earlier: [], copied: "", replaced: 0 };
    this.#contents.push(fresh);
    await Deno.writeTextFile(path, text);
  }

  /** Writes other rows into the same file. */
  async rewrite(file: number, rows: number): Promise<void> {
    const content = this.#plain(file);
    if (content === null) return;
    this.#replace(content, this.#lines(rows));
    await Deno.writeTextFile(content.path, content.text);
  }

  /** Copies the file, cuts it to nothing, and lets it grow anew. */
  async copyTruncate(file: number, rows: number): Promise<void> {
    const content = this.#plain(file);
    if (content === null || content.copied !== "" || content.owed !== "") return;
    const copy = await this.#placeBeside(content.path);
    await Deno.copyFile(content.path, copy);
    this.#copies.push(copy);
    content.copied = content.text;
    await Deno.truncate(content.path, 0);
    this.#replace(content, "");
    await this.#add(content, this.#lines(rows));
  }

  /** The rows that the topics must have, with each text in a file of its own. */
  async judged(): Promise<JudgedFile[]> {
    const folder = join(this.#dir, "judged");
    await Deno.mkdir(folder, { recursive: true });
    const files: JudgedFile[] = [];
    for (const [at, { path, symbol, text, earlier, copied, replaced }] of this.#contents.entries()) {
      const contents: string[] = [];
      for (const [index, each] of [`${copied}${text}`, ...earlier].entries()) {
        contents.push(join(folder, `${at}.${index}.csv`));
        await Deno.writeTextFile(contents.at(-1) ?? "", each);
      }
      const loose = replaced === 0 ? {} : { rewritten: true, origins: 2 + replaced, torn: replaced };
      const companyId = String(7078 + symbol);
      files.push({ name: path, symbol: symbol === 0 ? "BHP" : `BHP${symbol}`, companyId, contents, ...loose });
    }
    return files;
  }

  #replace(content: Content, text: string): void {
    content.earlier.push(content.text);
    content.text = text;
    content.owed = "";
    content.replaced += 1;
  }

  async #add(content: Content, text: string): Promise<void> {
    content.text += text;
    await Deno.writeTextFile(content.path, text, { append: true });
  }

  #plain(file: number): Content | null {
    const plain = this.#contents.filter(({ packing }) => packing === "plain");
    return plain[file % Math.max(1, plain.length)] ?? null;
  }

  async #placeBeside(path: string): Promise<string> {
    const folder = join(dirname(path), `old${this.#contents.length + this.#copies.length}`);
    await Deno.mkdir(folder);
    return join(folder, `${path.split("/").at(-1)}`);
  }

  /** Lines that no file had at the start; they repeat when they are used up. */
  #lines(rows: number): string {
    const from = this.#next;
    this.#next = from + rows >= this.#pool.length ? Math.floor(this.#pool.length / 2) : from + rows;
    return this.#pool.slice(from, from + rows).join("");
  }
}

function packed(text: string, packing: Packing): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  return packing === "gz" ? gzipSync(bytes) : packing === "zst" ? zstdCompressSync(bytes) : bytes;
}
