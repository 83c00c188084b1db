// yargs lays its help out by the widths of letters. The three copies of `string-width` that this takes make, as they load, a
// segmenter each and a pattern of all emoji: 35 ms of every command, whether or not it shows any help. In the bundle
// they make them when one is asked for.
import { readFileSync } from "node:fs";

const SEGMENTER = {
  atOnce: "new Intl.Segmenter()",
  whenAsked: "{ segment(text) { return (this.made ??= new Intl.Segmenter()).segment(text); } }",
};
/** In the copy for version 8 alone. */
const EMOJI = {
  atOnce: String.raw`/^\p{RGI_Emoji}$/v`,
  whenAsked: String.raw`{ test(text) { return (this.made ??= new RegExp("^\\p{RGI_Emoji}$", "v")).test(text); } }`,
};

/** A plugin of esbuild. Fails where the code is not what it was written for. */
export const lazyStringWidth = {
  name: "lazy-string-width",
  setup(build) {
    let emojis = 0;
    build.onLoad({ filter: /[\\/]string-width[\\/]index\.js$/ }, ({ path }) => {
      const code = readFileSync(path, "utf8");
      if (!code.includes(SEGMENTER.atOnce)) throw new Error(`${path} makes no segmenter`);
      if (code.includes(EMOJI.atOnce)) emojis++;
      const contents = [SEGMENTER, EMOJI].reduce(
        (text, { atOnce, whenAsked }) => text.replace(atOnce, () => whenAsked),
        code,
      );
      return { contents };
    });
    build.onEnd(() => {
      if (emojis !== 1) throw new Error(`${emojis} copies of string-width look for emoji, not one`);
    });
  },
};
