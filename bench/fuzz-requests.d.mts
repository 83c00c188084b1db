export interface FuzzedOperation {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}
export function fuzz(options: {
  readonly port: number;
  readonly operations: readonly FuzzedOperation[];
  readonly count: number;
  readonly seed: number;
  readonly atOnce?: number;
}): Promise<{
  readonly classes: ReadonlyMap<string, number>;
  readonly bad: readonly { readonly verdict: string; readonly bytes: string }[];
}>;
