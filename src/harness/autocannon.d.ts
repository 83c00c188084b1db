/** What we use of autocannon, which brings no types. */
declare module "autocannon" {
  interface Options {
    readonly url: string;
    readonly socketPath?: string;
    readonly connections: number;
    readonly pipelining?: number;
    /** Requests a second, of all connections together. */
    readonly overallRate?: number;
    /** Seconds. */
    readonly duration: number;
    /** Seconds. */
    readonly timeout?: number;
  }
  interface Result {
    /** Milliseconds. */
    readonly latency: { readonly p50: number; readonly p99: number };
    readonly requests: { readonly total: number };
  }
  export default function autocannon(
    options: Options,
    done: (error: Error | null, result: Result | undefined) => void,
  ): { stop(): void };
}
