import fc from "fast-check";
import { expect, test } from "vitest";
import { html, jsonForScript, raw } from "./escape.ts";

test("text is escaped, in content and in a quoted attribute alike", () => {
  const hostile = `<b title="x" id='y'>&amp;`;
  expect(html`<i title="${hostile}">${hostile}</i>`.markup).toBe(
    '<i title="&lt;b title=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;">&lt;b title=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;</i>',
  );
});

test("markup made by the tag or by raw stands as it is, lists are joined, nothing is left out", () => {
  expect(
    html`${raw("<b>")}${html`<i>${1}</i>`}${["a", html`<u>`]}${null}${undefined}${false}`.markup,
  ).toBe("<b><i>1</i>a<u>");
});

test("an object that only looks like Raw is no markup", () => {
  const forged = JSON.parse('{"markup":"<script>"}');
  expect(() => html`${forged}`.markup).toThrow(TypeError);
});

test("control and bidirectional characters are written out", () => {
  expect(html`${"a\u202eb\nc\u0000"}`.markup).toBe("a‹U+202E›b‹U+000A›c‹U+0000›");
});

test("property: no text adds a tag, an entity or a quote", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const { markup } = html`${text}`;
      expect(markup.replace(/&(amp|lt|gt|quot|#39);/g, "")).not.toMatch(/[&<>"']/);
    }),
  );
});

test("property: JSON for a script element reads back the same and can't end the element", () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.constantFrom("</script>", "<!--", "<script", "]]>", "\u2028"),
      (value, bad) => {
        const { markup } = jsonForScript({ value, bad });
        expect(markup).not.toMatch(/[<>&\u2028\u2029]/);
        expect(JSON.parse(markup)).toEqual(JSON.parse(JSON.stringify({ value, bad })));
      },
    ),
  );
});
