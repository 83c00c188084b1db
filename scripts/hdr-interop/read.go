// Reads an interval log with the Go package github.com/HdrHistogram/hdrhistogram-go and prints what it holds, one line of JSON a tag.
package main

import (
	"fmt"
	"os"
	"sort"

	hdrhistogram "github.com/HdrHistogram/hdrhistogram-go"
)

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	tags := map[string]*hdrhistogram.Histogram{}
	reader := hdrhistogram.NewHistogramLogReader(file)
	for {
		interval, err := reader.NextIntervalHistogram()
		if err != nil {
			panic(err)
		}
		if interval == nil {
			break
		}
		all, known := tags[interval.Tag()]
		if !known {
			all = hdrhistogram.New(1, 1<<37-1, 3)
			tags[interval.Tag()] = all
		}
		if dropped := all.Merge(interval); dropped > 0 {
			panic("values out of range")
		}
	}
	names := []string{}
	for name := range tags {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		all := tags[name]
		fmt.Printf("{\"tag\":%q,\"count\":%d,\"p50\":%d,\"p99\":%d,\"p100\":%d}\n",
			name, all.TotalCount(), all.ValueAtQuantile(50), all.ValueAtQuantile(99), all.ValueAtQuantile(100))
	}
}
