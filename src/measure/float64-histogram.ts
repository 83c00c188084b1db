import { createRequire } from "node:module";
import type * as hdr from "hdr-histogram-js";

/**
 * hdr-histogram-js's histogram with 64-bit floating-point counts, exact up to 2^53. From its own file: the package's
 * index also decodes WebAssembly that nothing here uses, in ten times the time.
 */
export const Float64Histogram: typeof hdr.Float64Histogram = createRequire(import.meta.url)(
  "hdr-histogram-js/dist/Float64Histogram.js",
).default;
export type Float64Histogram = hdr.Float64Histogram;
