/**
 * The port to an index of what topics have: too much for memory.
 *
 * @module
 */
import type { StoredIdentity } from "../../records/ids/stored_identity.ts";
import type { SchemaVersion } from "../../schemas/record_types.ts";
import type { LatestOfKeys } from "../../state/latest_of_keys.ts";
import type { RecordPlace, StoredCopy } from "../../state/stored_copy.ts";
import type {
  OwnCopy,
  ReplayedRow,
  RowOfFile,
  RowOfOrigin,
  SoughtContent,
  WantedCopy,
} from "../../state/written_ids.ts";

/** An index of what topics have; `WrittenIds` in state/ is one. */
export interface IdIndex {
  add(topic: string, copy: StoredCopy): void;
  /** Call after the last {@link add}. */
  flush(): void;
  reserve(origin: string, file: string): void;
  reserveRest(origin: string, by: { readonly owner: string; readonly file: string }): void;
  reserveRow(row: RowOfFile): void;
  own(wanted: RowOfOrigin): readonly OwnCopy[];
  want(content: Omit<WantedCopy, "source">): void;
  takeOther(wanted: WantedCopy): boolean;
  takeAlike(wanted: WantedCopy): boolean;
  hasSpare(wanted: WantedCopy): boolean;
  settle(wanted: WantedCopy): void;
  takeReplayed(wanted: WantedCopy): boolean;
  hasOther(wanted: Omit<WantedCopy, "file">): boolean;
  hasAlike(wanted: Omit<WantedCopy, "file" | "messageId">): boolean;
  noteShared(row: Omit<WantedCopy, "file" | "messageId">): void;
  isReused(wanted: Omit<WantedCopy, "file">): boolean;
  placeOfOther(wanted: Omit<WantedCopy, "file" | "digest">): RecordPlace | null;
  hasReplayed(topic: string, identity: StoredIdentity): boolean;
  hasAnyReplayed(topic: string, version: SchemaVersion): boolean;
  noteReplayed(row: ReplayedRow): void;
  replayed(wanted: RowOfFile): Pick<ReplayedRow, "messageId" | "digest"> | null;
  originsOf(topic: string, sought: SoughtContent, row: number): readonly string[];
  rowsOf(topic: string, about: { readonly version: StoredIdentity["version"]; readonly origin: string }): number;
  readonly latest: Pick<LatestOfKeys, "note" | "notePlace" | "noteRow" | "standingOf" | "overtakenBy">;
}
