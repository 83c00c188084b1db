import { connect, type Socket } from "node:net";
import { systemClock } from "../base/clock.ts";
import { type AppRequest, GateListener } from "./listener.ts";
import type { Problem } from "./problem.ts";
import type { LiveKey, Permission } from "./request.ts";

/** A gate that answers every request that may be passed on at once, and remembers it. */
export interface ListeningGate {
  readonly port: number;
  readonly token: string;
  readonly asked: AppRequest[];
  readonly refused: { readonly problem: Problem; readonly liveKey: LiveKey | undefined }[];
  close(): void;
}

export async function listeningGate(
  onAsked: (request: AppRequest) => void = answerAtOnce,
  permission: Permission = () => undefined,
): Promise<ListeningGate> {
  const asked: AppRequest[] = [];
  const refused: ListeningGate["refused"] = [];
  const listener = new GateListener(
    systemClock(),
    { permission, content: () => undefined },
    {
      asked: (request) => {
        asked.push(request);
        onAsked(request);
      },
      refused: (problem, liveKey) => refused.push({ problem, liveKey }),
    },
  );
  const url = new URL(await listener.listen(0));
  const token = url.pathname.slice(1, -1);
  return { port: Number(url.port), token, asked, refused, close: () => listener.close() };
}

function answerAtOnce(request: AppRequest): void {
  request.answer({ status: 200, headers: {}, body: Buffer.from("{}") });
}

/** Opens a connection of nobody's in particular. */
export function dial(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true }, () => resolve(socket));
    socket.once("error", reject);
  });
}

/** The same, put among `sockets` for whoever closes them; what breaks it is nobody's matter. */
export async function dialAmong(sockets: Socket[], port: number): Promise<Socket> {
  const socket = await dial(port);
  socket.on("error", () => {});
  sockets.push(socket);
  return socket;
}

/** Sends bytes and an end, and takes what comes until the other side has ended too; what is reset has answered nothing more. */
export async function say(port: number, bytes: string | Buffer): Promise<string> {
  const socket = await dial(port);
  return new Promise((resolve) => {
    let heard = "";
    socket.on("data", (chunk) => {
      heard += chunk.toString("latin1");
    });
    socket.on("error", () => {});
    socket.once("end", () => socket.destroy());
    socket.once("close", () => resolve(heard));
    socket.end(bytes);
  });
}

/** `HTTP/1.1 404 Not Found` to `404`; nothing for no answer. */
export function statusesOf(heard: string): number[] {
  return [...heard.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
}
