// Writes an interval log in this project's layout with the Go package github.com/HdrHistogram/hdrhistogram-go, of samples
// that test/hdr-interop.test.ts makes as well.
package main

import (
	"os"

	hdrhistogram "github.com/HdrHistogram/hdrhistogram-go"
)

const startMs = 1788264000250

func main() {
	file, err := os.Create(os.Args[1])
	must(err)
	defer file.Close()
	writer := hdrhistogram.NewHistogramLogWriter(file)
	must(writer.OutputLogFormatVersion())
	must(writer.OutputStartTime(startMs))
	must(writer.OutputBaseTime(startMs))
	must(writer.OutputLegend())
	for second := int64(0); second < 12; second++ {
		interval := hdrhistogram.New(1, 1<<37-1, 3)
		for i := int64(0); i < 200; i++ {
			count := 1 + i%3
			if i%7 == 0 {
				count = 1 + i%3*70_000_000
			}
			must(interval.RecordValues(value(second, i), count))
		}
		if second%3 == 2 {
			interval.SetTag("a:response:censored")
		} else {
			interval.SetTag("a:response")
		}
		interval.SetStartTimeMs(second)
		interval.SetEndTimeMs(second + 1)
		must(writer.OutputIntervalHistogram(interval))
	}
}

// 0 in the first second, up to the largest value in the last.
func value(second, i int64) int64 {
	if i == 0 {
		switch second {
		case 0:
			return 0
		case 11:
			return 1<<37 - 1
		}
		return 2046 + second
	}
	most := int64(3_600_000_000)
	if second < 4 {
		most = 5_000
	} else if second < 8 {
		most = 4_000_000
	}
	return (i*i*7919 + second*104729) % most
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
