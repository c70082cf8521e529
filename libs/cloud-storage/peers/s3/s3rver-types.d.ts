/** The package has no types of its own; these are the parts that we use. */
declare module 's3rver' {
  import { type AddressInfo } from 'node:net';

  /** The server, which listens once it runs; its files are those of the directory. */
  export default class S3rver {
    /** What each request goes through, in this order. */
    readonly middleware: ((
      context: { readonly path: string },
      next: () => Promise<unknown>,
    ) => Promise<unknown>)[];
    constructor(options: {
      readonly address: string;
      readonly port: number;
      readonly directory: string;
      readonly silent: boolean;
      readonly configureBuckets: readonly {
        readonly name: string;
        readonly configs?: readonly string[];
      }[];
    });
    run(): Promise<AddressInfo>;
    close(): Promise<void>;
  }
}
