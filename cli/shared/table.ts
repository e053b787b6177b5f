/**
 * Columns of text for people.
 *
 * @module
 */
import { escapeControls } from "../../telemetry/escape_controls.ts";

/** A column. */
export interface Column {
  readonly title: string;
  /** @default "left" */
  readonly align?: "left" | "right";
}

/** Lines of a table, the titles first; each with its line end. Control characters are written out. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => row.map(escapeControls))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => widthOf(line[index] ?? ""))));
  return lines.map((line) => {
    const cells = columns.map(({ align = "left" }, index) => {
      const text = line[index] ?? "";
      const padding = " ".repeat((widths[index] ?? 0) - widthOf(text));
      return align === "right" ? padding + text : text + padding;
    });
    return `${cells.join("  ").trimEnd()}\n`;
  }).join("");
}

function widthOf(text: string): number {
  return [...text].length;
}
