/**
 * HdrHistogram's interval log, format version 1.3: one line a histogram, with times in seconds from the base time.
 * Source: HdrHistogram `HistogramLogWriter` and `HistogramLogReader` (Java, public domain). Values are
 * microseconds; Interval_Max is in milliseconds to three decimals, as those tools expect, and so still exact.
 */
const LEGEND = '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"';
const US_PER_MS = 1_000;
const US_PER_S = 1_000_000;

export interface LogEntry {
  /** Without comma, space or line break. */
  readonly tag: string;
  /** Microseconds from the log's start, to the millisecond. */
  readonly startUs: number;
  readonly lengthUs: number;
  readonly maxUs: number;
  /** HdrHistogram V2, compressed, base64. */
  readonly histogram: string;
}

/** @param startedWallMs milliseconds since the Unix epoch at which the log's time is 0 */
export function logHeader(startedWallMs: number): string {
  const startS = (startedWallMs / 1000).toFixed(3);
  return [
    "#[Histogram log format version 1.3]",
    "#[Values are microseconds, Interval_Max is milliseconds]",
    `#[StartTime: ${startS} (seconds since epoch), ${new Date(startedWallMs).toISOString()}]`,
    `#[BaseTime: ${startS} (seconds since epoch)]`,
    LEGEND,
    "",
  ].join("\n");
}

/** One line, with its line break. @throws RangeError for a tag that would break the line */
export function formatLogEntry(entry: LogEntry): string {
  if (!/^[^\s,]+$/.test(entry.tag)) throw new RangeError(`not a tag: ${entry.tag}`);
  const start = (entry.startUs / US_PER_S).toFixed(3);
  const length = (entry.lengthUs / US_PER_S).toFixed(3);
  const max = (entry.maxUs / US_PER_MS).toFixed(3);
  return `Tag=${entry.tag},${start},${length},${max},${entry.histogram}\n`;
}

const ENTRY =
  /^(?:Tag=([^\s,]+),)?(\d+(?:\.\d+)?),(\d+(?:\.\d+)?),(\d+(?:\.\d+)?),([A-Za-z0-9+/]+={0,2})$/;

/**
 * @param line without its line break
 * @returns an entry; `null` for a comment, the legend or an empty line; `undefined` for anything else
 */
export function parseLogLine(line: string): LogEntry | null | undefined {
  if (line === "" || line.startsWith("#") || line.startsWith('"')) return null;
  const match = ENTRY.exec(line);
  if (!match) return undefined;
  return {
    tag: match[1] ?? "",
    startUs: Math.round(Number(match[2]) * US_PER_S),
    lengthUs: Math.round(Number(match[3]) * US_PER_S),
    maxUs: Math.round(Number(match[4]) * US_PER_MS),
    histogram: match[5] ?? "",
  };
}
