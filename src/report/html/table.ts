import { type Fragment, html, type Raw } from "./escape.ts";

export interface Column {
  readonly head: string;
  /** Right-aligned, not wrapped. */
  readonly numeric?: boolean;
  /** Text that is not wrapped. */
  readonly whole?: boolean;
  /** Longer text, which gets room when the table has to scroll. */
  readonly wide?: boolean;
}

export interface Table {
  /** Says what the rows are and what was counted; the accessible name of the table. */
  readonly caption: string;
  /** Whether the caption is seen, which a table needs that shares its section with others. */
  readonly titled?: boolean;
  readonly columns: readonly Column[];
  /** A cell for each column; the first is the row's heading. */
  readonly rows: readonly (readonly Fragment[])[];
}

/** A table in a container of its own, so that it scrolls sideways and the page does not. */
export function table({ caption, titled = false, columns, rows }: Table): Raw {
  const body = rows.map(
    (cells) => html`<tr>${cells.map((cell, i) => bodyCell(cell, columns[i], i === 0))}</tr>`,
  );
  return scrollTable({ caption, titled, columns }, html`<tbody>${body}</tbody>`);
}

/** The same around rows that are not one cell for each column. */
export function scrollTable(
  { caption, titled, columns }: Omit<Table, "rows">,
  body: Fragment,
): Raw {
  const head = columns.map(
    (column) => html`<th scope="col"${className(column)}>${column.head}</th>`,
  );
  return html`<div class="scroll" role="group" tabindex="0" aria-label="${caption}"><table>
<caption${!titled && html` class="said"`}>${caption}</caption>
<thead><tr>${head}</tr></thead>
${body}</table></div>`;
}

function bodyCell(cell: Fragment, column: Column | undefined, heading: boolean): Raw {
  return heading
    ? html`<th scope="row"${className(column)}>${cell}</th>`
    : html`<td${className(column)}>${cell}</td>`;
}

function className(column: Column | undefined): Fragment {
  if (column?.numeric) return html` class="num"`;
  if (column?.whole) return html` class="whole"`;
  return column?.wide ? html` class="wide"` : null;
}

/** Names and values; a pair whose value is null is left out. */
export function facts(pairs: readonly (readonly [name: string, value: Fragment])[]): Raw {
  const shown = pairs.filter(([, value]) => value !== null);
  return html`<dl class="facts">${shown.map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`,
  )}</dl>`;
}

/** A section with a heading that links to itself. `id` is a constant. */
export function section(id: string, heading: string, ...content: readonly Fragment[]): Raw {
  return html`<section aria-labelledby="${id}"><h2 id="${id}"><a href="#${id}">${heading}</a></h2>
${content}</section>
`;
}

/**
 * What a reader needs who looks closer, out of the way of the others.
 * @param use what one can do with it, which paper can't
 */
export function howToRead(sentences: readonly string[], use?: string): Fragment {
  return html`<details class="how"><summary>How to read this</summary><p>${sentences.join(" ")}</p>${use && html`<p class="hint">${use}</p>`}</details>`;
}
