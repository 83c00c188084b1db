/** A word as a shell takes it for one. */
export function shellQuoted(word: string): string {
  return /^[A-Za-z0-9_./:=<>@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
