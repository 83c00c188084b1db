import java.io.File;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;

/** Reads an interval log with the Java package org.hdrhistogram:HdrHistogram and prints what it holds, one line of JSON a tag. */
public class Read {
  public static void main(String[] args) throws Exception {
    Map<String, Histogram> tags = new TreeMap<>();
    HistogramLogReader reader = new HistogramLogReader(new File(args[0]));
    for (;;) {
      EncodableHistogram interval = reader.nextIntervalHistogram();
      if (interval == null) break;
      String tag = interval.getTag() == null ? "" : interval.getTag();
      tags.computeIfAbsent(tag, one -> new Histogram(1, (1L << 37) - 1, 3)).add((Histogram) interval);
    }
    for (Map.Entry<String, Histogram> one : tags.entrySet()) {
      Histogram all = one.getValue();
      System.out.printf(
          "{\"tag\":\"%s\",\"count\":%d,\"p50\":%d,\"p99\":%d,\"p100\":%d}%n",
          one.getKey(), all.getTotalCount(), all.getValueAtPercentile(50),
          all.getValueAtPercentile(99), all.getValueAtPercentile(100));
    }
  }
}
