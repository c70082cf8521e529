import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** The wire between devices and a server: of one address whatever becomes of the server, and cut in the middle of what goes over it. */
export class CutNetwork {
  /** How many connections were cut while they carried something. */
  cuts = 0;
  /** After how many bytes of both ways a new connection is cut. */
  bytesPerConnection: () => number = () => Infinity;
  /** Where the server is; without one nobody answers. */
  port: number | undefined;
  readonly #listener: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#listener = createServer((socket) => this.#accept(socket));
  }

  static async start(): Promise<CutNetwork> {
    const network = new CutNetwork();
    network.#listener.listen(0, '127.0.0.1');
    await once(network.#listener, 'listening');
    return network;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#listener.address() as AddressInfo).port}`;
  }

  /** Cuts all that is open. */
  cutAll(): void {
    if (this.#sockets.size > 0) this.cuts += 1;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(device: Socket): void {
    if (this.port === undefined) {
      device.destroy();
      return;
    }
    const server = connect(this.port, '127.0.0.1');
    const both = [device, server] as const;
    let left = this.bytesPerConnection();
    const end = (): void => both.forEach((socket) => socket.destroy());
    const carry = (from: Socket, to: Socket): void => {
      this.#sockets.add(from);
      from.on('close', () => {
        this.#sockets.delete(from);
        end();
      });
      // Whoever is at the other end notices that it was closed.
      from.on('error', end);
      from.on('data', (bytes) => {
        if (left <= 0) return;
        const part = bytes.subarray(0, left);
        left -= part.length;
        if (left > 0) {
          to.write(part);
          return;
        }
        this.cuts += 1;
        to.write(part, end);
      });
    };
    carry(device, server);
    carry(server, device);
  }
}
