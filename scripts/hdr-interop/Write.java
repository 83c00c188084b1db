import java.io.PrintStream;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/**
 * Writes an interval log in this project's layout with the Java package org.hdrhistogram:HdrHistogram, of samples that
 * test/hdr-interop.test.ts makes as well.
 */
public class Write {
  static final long START_MS = 1788264000250L;

  public static void main(String[] args) throws Exception {
    try (PrintStream out = new PrintStream(args[0], "UTF-8")) {
      HistogramLogWriter writer = new HistogramLogWriter(out);
      writer.outputLogFormatVersion();
      writer.outputStartTime(START_MS);
      writer.outputBaseTime(START_MS);
      writer.outputLegend();
      for (int second = 0; second < 12; second++) {
        Histogram interval = new Histogram(1, (1L << 37) - 1, 3);
        for (long i = 0; i < 200; i++) {
          interval.recordValueWithCount(value(second, i), 1 + i % 3 * (i % 7 == 0 ? 70_000_000L : 1));
        }
        interval.setTag(second % 3 == 2 ? "a:response:censored" : "a:response");
        writer.outputIntervalHistogram(second, second + 1.0, interval, 1000.0);
      }
    }
  }

  /** 0 in the first second, up to the largest value in the last. */
  static long value(int second, long i) {
    if (i == 0) return second == 0 ? 0 : second == 11 ? (1L << 37) - 1 : 2046 + second;
    return (i * i * 7919 + second * 104729L) % (second < 4 ? 5_000 : second < 8 ? 4_000_000 : 3_600_000_000L);
  }
}
