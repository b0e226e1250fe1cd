// What a bench wants of another proxy: it is started in front of the broker's PLAINTEXT listener, and clients are sent through it.

export interface PeerOptions {
  /** host:port of the broker's PLAINTEXT listener. */
  readonly bootstrap: string;
  /** A folder for its files, removed afterwards. */
  readonly dir: string;
  readonly say: (line: string) => void;
}

export interface Peer {
  readonly address: string;
  readonly pid: number;
  readonly stop: () => Promise<unknown>;
}

/** Thrown where a peer cannot be had on this machine: said in the results, and no failure. */
export class NotHere extends Error {}
