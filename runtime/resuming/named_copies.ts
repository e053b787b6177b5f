/**
 * Records that name a row as their own: whether they are what the row is now.
 *
 * @module
 */
import { RowConflictError, type SoughtRow } from "../../actors/delivery/already_written.ts";
import type { StoredIdentity } from "../../records/ids/stored_identity.ts";

/** A record that names a row as its own. */
export type NamedCopy = Pick<StoredIdentity, "messageId">;

export function isCopyOf({ messageId }: NamedCopy, sought: SoughtRow): boolean {
  return messageId === sought.messageId?.toLowerCase();
}

/** Checks that records that name the row, and are not what it is now, are of parts of it. @throws {RowConflictError} */
export function refuseOthers(
  copies: readonly NamedCopy[],
  { topic, sought }: { readonly topic: string; readonly sought: SoughtRow },
): void {
  const parts = sought.parts?.map(({ messageId }) => messageId.toLowerCase()) ?? [];
  const stranger = copies.find(({ messageId }) => !parts.includes(messageId));
  if (stranger !== undefined) throw new RowConflictError(topic, sought, stranger.messageId);
}
