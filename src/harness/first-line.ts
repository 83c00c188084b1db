import type { Readable } from "node:stream";

const CHARACTERS_MAX = 65_536;

/** The first line of a stream, without its end; what follows is left unread or dropped. @throws Error when there is none */
export function firstLine(stream: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    stream.setEncoding("utf8");
    const onData = (chunk: string): void => {
      text += chunk;
      const newline = text.indexOf("\n");
      if (newline >= 0) {
        stream.off("data", onData);
        stream.resume();
        resolve(text.slice(0, newline));
      } else if (text.length > CHARACTERS_MAX) reject(new Error("the first line is too long"));
    };
    stream.on("data", onData);
    stream.once("end", () => reject(new Error("ended before its first line")));
  });
}
