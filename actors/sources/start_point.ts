/**
 * Where a source starts: at its beginning, or where an earlier run has left off.
 *
 * @module
 */
import type { StoredCheckpoint } from "../../state/checkpoint.ts";
import type { AlreadyWritten } from "../delivery/already_written.ts";

/** Where a source starts. Its checkpoint is on disk, and nothing has been sent yet. */
export interface StartPoint {
  readonly checkpoint: StoredCheckpoint;
  /** Says which rows at or after it need not be sent; null if there are none. */
  readonly written: AlreadyWritten | null;
  /** How many of them were found past the checkpoint. */
  readonly found: number;
  /** The last row that an earlier run may have sent and that may stand in the topics; 0 if there is none past it. */
  readonly sentTo: number;
  /** True if an earlier run has written the source to its end. */
  readonly complete: boolean;
}
