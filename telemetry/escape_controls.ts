/**
 * Text of unknown origin, made harmless for a terminal and for a log.
 *
 * @module
 */

/** C0 and C1 controls, DEL, line separators, and the marks that turn the direction of writing. */
// deno-lint-ignore no-control-regex -- finding them is what this is for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A text on one line in which every control character is written out, e.g. `\x1b`, `\n`, `\u202e`. */
export function escapeControls(text: string): string {
  return text.replaceAll(CONTROLS, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\r") return "\\r";
    if (character === "\t") return "\\t";
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** JSON text of the same value in which control characters that JSON leaves as they are (C1, DEL …) are written out. */
export function escapeControlsInJson(json: string): string {
  return json.replaceAll(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Like {@link escapeControls}, but line ends stay: for texts of our own that hold others'. */
export function escapeControlsKeepingLines(text: string): string {
  return text.split("\n").map(escapeControls).join("\n");
}
