// yargs lays its help out by the widths of its letters, for which three copies of `string-width` each make a segmenter as
// they load: 20 ms of every command, whether or not it shows any help. In the bundle they make it when one is asked for.
import { readFileSync } from "node:fs";

const MADE_AT_ONCE = "new Intl.Segmenter()";
const MADE_WHEN_ASKED =
  "{ segment(text) { return (this.made ??= new Intl.Segmenter()).segment(text); } }";

/** A plugin of esbuild. Fails where the code is not what it was written for. */
export const lazySegmenter = {
  name: "lazy-segmenter",
  setup(build) {
    build.onLoad({ filter: /[\\/]string-width[\\/]index\.js$/ }, ({ path }) => {
      const code = readFileSync(path, "utf8");
      if (!code.includes(MADE_AT_ONCE)) throw new Error(`${path} makes no segmenter`);
      return { contents: code.replace(MADE_AT_ONCE, MADE_WHEN_ASKED) };
    });
  },
};
