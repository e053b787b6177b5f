/** What peers are set up with. */
export interface PeerSetup {
  /** Folder for what is built once, outside the repository. */
  readonly cache: string;
  readonly say: (line: string) => void;
}
