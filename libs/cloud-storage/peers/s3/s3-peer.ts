/** An S3 service that others wrote, running on the loopback interface. */
export interface S3Peer {
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Stops it and removes its files. */
  readonly stop: () => Promise<void>;
}

/** A kind of service, whether installed or not. */
export interface S3PeerKind {
  readonly name: string;
  /** The Debian packages that bring it. */
  readonly packages: readonly string[];
  /** Everything without which it cannot run and that this machine lacks. */
  missing(): readonly string[];
  start(): Promise<S3Peer>;
}
