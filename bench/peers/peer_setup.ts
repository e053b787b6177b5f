/** The surroundings of a peer. */
export interface PeerSetup {
  /** Folder for things that are built once, outside the repository. */
  readonly cache: string;
  readonly say: (line: string) => void;
}
