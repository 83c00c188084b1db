import dgram from "node:dgram";
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { join } from "node:path";

export type Kind = "tcp" | "pipe" | "udp";

/** Loopback listeners that count whoever comes, and answer nothing. */
export interface Listeners {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly udpPort: number;
  /** Connections or datagrams seen so far. */
  readonly arrived: Readonly<Record<Kind, number>>;
  onArrival(tell: () => void): void;
  /**
   * Resolves when everything that had arrived before this call is counted: a knock of our own goes through the same
   * queue in the kernel, and is not counted.
   */
  settle(): Promise<void>;
  close(): void;
}

const KNOCK = "knock";

export async function listen(folder: string, name: string): Promise<Listeners> {
  const host = "127.0.0.1";
  const path =
    process.platform === "win32" ? `\\\\.\\pipe\\tripwire-${name}` : join(folder, `${name}.sock`);
  const arrived = { tcp: 0, pipe: 0, udp: 0 };
  let tell = (): void => {};
  const count = (kind: Kind): void => {
    arrived[kind]++;
    tell();
  };

  const streams = { tcp: net.createServer(accept("tcp")), pipe: net.createServer(accept("pipe")) };
  function accept(kind: "tcp" | "pipe"): (socket: net.Socket) => void {
    return (socket) => {
      count(kind);
      socket.on("error", () => {});
      socket.on("data", (data) => {
        if (data.toString() !== KNOCK) return;
        arrived[kind]--;
        streams[kind].emit(KNOCK);
      });
      socket.end();
    };
  }
  const udp = dgram.createSocket("udp4", (message) => {
    if (message.toString() === KNOCK) udp.emit(KNOCK);
    else count("udp");
  });
  const { tcp, pipe } = streams;
  tcp.listen(0, host);
  pipe.listen(path);
  udp.bind(0, host);
  await Promise.all([once(tcp, "listening"), once(pipe, "listening"), once(udp, "listening")]);
  const { port } = tcp.address() as AddressInfo; // a TCP server's address is never a string
  const udpPort = udp.address().port;

  return {
    host,
    port,
    path,
    udpPort,
    arrived,
    onArrival(listener) {
      tell = listener;
    },
    async settle() {
      for (const [server, to] of [[tcp, { host, port }] as const, [pipe, { path }] as const]) {
        const knocked = once(server, KNOCK);
        const knock = net.connect(to).on("error", () => {});
        knock.write(KNOCK);
        await knocked;
        knock.destroy();
      }
      const knocked = once(udp, KNOCK);
      udp.send(KNOCK, udpPort, host);
      await knocked;
    },
    close() {
      tcp.close();
      pipe.close();
      udp.close();
    },
  };
}
