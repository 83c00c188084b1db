/** A place in a JSON answer, such as `$.state` or `$.items[0].id`. */
export interface ResponsePath {
  readonly text: string;
  /** Names of fields, and indices from 0. */
  readonly parts: readonly (string | number)[];
}

export const RESPONSE_PATH_FORM = "a path such as $.payment_request_id or $.items[0].id";

const PATH = /^\$(?:\.[A-Za-z0-9_]{1,64}(?:\[\d{1,4}\])*){1,16}$/;
const PART = /\.([A-Za-z0-9_]+)|\[(\d+)\]/g;

/** `$.name`, `$.name.name`, `$.name[0].name`; `undefined` for anything else. */
export function parseResponsePath(text: string): ResponsePath | undefined {
  if (!PATH.test(text)) return undefined;
  const parts = [...text.matchAll(PART)].map(([, name, index]) => name ?? Number(index));
  return { text, parts };
}

/** The value at a path; `undefined` where the answer has none. Fields that an object inherits don't count. */
export function valueAt(answer: unknown, path: ResponsePath): unknown {
  let here = answer;
  for (const part of path.parts) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, part)) return undefined;
    if (Array.isArray(here) !== (typeof part === "number")) return undefined;
    here = Reflect.get(here, part);
  }
  return here;
}
