// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// For Go's own compiler (GOOS=wasip1): goroutines and their timers, the garbage collector, panics,
// growing stacks, 64-bit and big numbers, formatting, and files through its os package.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"math/bits"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"sort"
	"strings"
	"sync"
	"time"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func goroutines() {
	numbers, squares := make(chan int), make(chan int, 3)
	var group sync.WaitGroup
	for i := 0; i < 20; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for n := range numbers {
				squares <- n * n
			}
		}()
	}
	go func() {
		for i := 0; i < 1000; i++ {
			numbers <- i
		}
		close(numbers)
		group.Wait()
		close(squares)
	}()
	sum := 0
	for s := range squares {
		sum += s
	}
	order, begin := []string{}, time.Now()
	never, soon := time.After(time.Hour), time.After(20*time.Millisecond)
	select {
	case <-never:
		order = append(order, "never")
	case <-soon:
		order = append(order, "soon")
	}
	order = append(order, fmt.Sprint(time.Since(begin) >= 20*time.Millisecond))
	fmt.Println("goroutines", sum, order)
}

type node struct{ left, right *node }

func tree(depth int) *node {
	if depth == 0 {
		return &node{}
	}
	return &node{tree(depth - 1), tree(depth - 1)}
}

func (n *node) count() int {
	if n.left == nil {
		return 1
	}
	return 1 + n.left.count() + n.right.count()
}

func collector() {
	kept, total := tree(12), 0
	for i := 0; i < 60; i++ {
		total += tree(12).count()
	}
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	fmt.Println("collector", kept.count(), total, stats.NumGC > 0, stats.HeapAlloc < 64<<20)
}

func recovered(name string, f func()) {
	defer func() { fmt.Println(name, "recovered:", recover()) }()
	f()
}

func panics() {
	var none *node
	var words map[string]int
	var anything any = "text"
	zero, list := len(words), []int{1, 2, 3}
	recovered("nil pointer", func() { fmt.Println(none.left) })
	recovered("nil map", func() { words["a"] = 1 })
	recovered("index", func() { fmt.Println(list[zero+5]) })
	recovered("division", func() { fmt.Println(1 / zero) })
	recovered("type", func() { fmt.Println(anything.(int)) })
	recovered("error", func() { panic(fmt.Errorf("wrapped: %w", fs.ErrNotExist)) })
}

func deep(n int) int {
	var frame [16]int
	frame[n%16] = n
	if n == 0 {
		return 0
	}
	return deep(n-1) + frame[n%16]/n
}

func state(n int) int {
	switch n % 12 {
	case 0:
		return n / 2
	case 1:
		return n*3 + 1
	case 2, 3:
		return n - 1
	case 4:
		return n ^ 5
	case 5:
		return n + 7
	case 6, 7, 8:
		return n >> 1
	case 9:
		return -n
	default:
		return n - 11
	}
}

func numbers() {
	n := 1 << 40
	for i := 0; i < 100000; i++ {
		n += state(n & 0xffff)
	}
	high, low := bits.Mul64(0xdeadbeefcafebabe, 0x123456789abcdef1)
	factorial := new(big.Int).MulRange(1, 60)
	fmt.Println("numbers", n, high, low, bits.OnesCount64(high), bits.LeadingZeros32(77), deep(3000))
	fmt.Println(factorial, new(big.Int).Sqrt(factorial), new(big.Int).Exp(big.NewInt(3), factorial, big.NewInt(1000007)))
	fmt.Printf("%08.3f %e %v %x %q %+v %T %5t|%-6s|\n", 3.14159, 1e300, 0.1+0.2, -255, "ü\n", struct{ A, B int }{1, 2}, n, true, "ab")
}

func text() {
	words := strings.Fields("the quick brown fox jumps over the lazy dog the end")
	counts := map[string]int{}
	for _, word := range words {
		counts[word]++
	}
	unique := make([]string, 0, len(counts))
	for word := range counts {
		unique = append(unique, word)
	}
	sort.Slice(unique, func(i, j int) bool {
		return counts[unique[i]] > counts[unique[j]] || counts[unique[i]] == counts[unique[j]] && unique[i] < unique[j]
	})
	dates := regexp.MustCompile(`(\d{4})-(\d\d)`)
	fmt.Println(unique, dates.ReplaceAllString("2024-05 and 1999-12", "$2/$1"), strings.ToUpper("straße"))
	fmt.Println(time.Unix(1700000000, 0).UTC().Format(time.RFC3339), time.Duration(1234567890))
}

func files() {
	check(os.MkdirAll("/tree/a/b", 0o755))
	check(os.WriteFile("/tree/a/b/data", []byte(strings.Repeat("line of text\n", 1000)), 0o644))
	check(os.Rename("/tree/a/b/data", "/tree/a/moved"))
	file, err := os.OpenFile("/tree/a/moved", os.O_RDWR, 0) // node 20 does not append
	check(err)
	_, err = file.Seek(0, io.SeekEnd)
	check(err)
	fmt.Fprintln(file, "the end")
	_, err = file.Seek(-8, io.SeekCurrent)
	check(err)
	tail, err := io.ReadAll(file)
	check(err)
	check(file.Truncate(100))
	info, err := file.Stat()
	check(err)
	check(file.Close())
	fmt.Printf("%q %d %v\n", tail, info.Size(), info.IsDir())
	check(filepath.WalkDir("/tree", func(path string, entry fs.DirEntry, err error) error {
		fmt.Println(path, entry.IsDir())
		return err
	}))
	_, err = os.Open("/tree/none")
	fmt.Println(err, errors.Is(err, fs.ErrNotExist), os.Remove("/tree/a") != nil, os.RemoveAll("/tree/a/b"))
}

func main() {
	fmt.Println(os.Args[1:], os.Getenv("K"), runtime.GOOS, runtime.GOARCH)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Println("line", lines.Text())
	}
	goroutines()
	collector()
	panics()
	numbers()
	text()
	files()
	defer fmt.Println("not printed: exit does not run what was deferred")
	os.Exit(3)
}
