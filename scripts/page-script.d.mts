/** uPlot's package. */
export declare const uPlotFolder: string;
/** @returns the script's text, minified; the same sources give the same text */
export declare function pageScript(): string;
