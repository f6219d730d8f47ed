// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A host in Go, with the binding in wasm2so.go.   usage: host LIBGUEST.SO [--bench]
package main

// #cgo LDFLAGS: -lguest -lcalc -lwasm2so_rt
// #include "calc.h"
// #include "guest.h"
import "C"

import (
	"errors"
	"fmt"
	"math"
	"os"
	"sync"
	"time"
)

// What the guest imports.

var imports = Imports{
	{"host", "log", "ii", ""}: func(caller Caller, args []Value) (Value, error) {
		text, err := caller.Memory().Read(args[0].I32(), args[1].I32())
		if err == nil {
			fmt.Printf("log: %s\n", text)
		}
		return 0, err
	},
	{"host", "price", "l", "d"}: func(caller Caller, args []Value) (Value, error) {
		if item := args[0].I64(); item != 7 {
			panic(noPrice{item}) // an error would do; a panic comes through as well
		}
		return F64(2.5), nil
	},
}

type noPrice struct{ item int64 }

func (e noPrice) Error() string { return fmt.Sprintf("no price for item %d", e.item) }

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, "host:", err)
		os.Exit(1)
	}
	return value
}

// Calls: of the C functions in guest.h inside of Call, which finds out about traps.

func add(guest Instance, a, b int32) (sum int32, err error) {
	err = guest.Call(func(g Raw) { sum = int32(C.guest_add(g, C.int32_t(a), C.int32_t(b))) })
	return
}

func divmod(guest Instance, a, b int32) (both C.struct_guest_divmod_result, err error) {
	err = guest.Call(func(g Raw) { C.guest_divmod(g, C.int32_t(a), C.int32_t(b), &both) })
	return
}

func total(guest Instance, item int64, count int32) (sum float64, err error) {
	err = guest.Call(func(g Raw) { sum = float64(C.guest_total(g, C.int64_t(item), C.int32_t(count))) })
	return
}

func showValues(guest Instance) {
	fmt.Println("add(34, 76) =", must(add(guest, 34, 76)))
	must(0, guest.Call(func(g Raw) {
		fmt.Println("next(9007199254740993) =", C.guest_next(g, 9007199254740993))
		fmt.Println("mean(1.5, 4) =", C.guest_mean(g, 1.5, 4))
	}))
	both := must(divmod(guest, 17, 5))
	fmt.Printf("divmod(17, 5) = %d, %d\n", both.r0, both.r1)
}

func showStrings(guest Instance) {
	var text C.struct_guest_greet_result
	name := []byte("world")
	memory := guest.Memory("memory")
	must(0, guest.Call(func(g Raw) {
		buffer := C.guest_buffer(g)
		must(0, memory.Write(int32(buffer), name))
		C.guest_greet(g, buffer, C.int32_t(len(name)), &text)
	}))
	fmt.Printf("greet: %s\n", must(memory.Read(int32(text.r0), int32(text.r1))))
}

func showHostError(guest Instance) {
	fmt.Println("total(7, 3) =", must(total(guest, 7, 3)))
	defer func() { // as price raised it
		fmt.Println("error:", recover().(noPrice))
	}()
	total(guest, -1, 3)
}

func showTrap(err error) {
	var trap Trap
	if errors.As(err, &trap) {
		fmt.Println("trap:", trap)
	}
}

// Go's own faults are still Go's: before, between and after traps.
func checkNil() {
	defer func() {
		if recover() == nil {
			panic("a nil pointer was read")
		}
	}()
	var nothing *struct{ value int }
	fmt.Println(nothing.value)
}

func showTraps(guest Instance) {
	_, err := divmod(guest, 1, 0)
	showTrap(err)
	checkNil()
	showTrap(guest.Call(func(g Raw) { C.guest_peek(g, -4) }))
	checkNil()
	showTrap(guest.Call(func(g Raw) { C.guest_depth(g, math.MaxInt32) }))
	checkNil()
	showTrap(guest.Call(func(g Raw) { C.guest_fail(g) }))
}

func showDeadline(guest Instance) {
	must(0, guest.SetDeadline(10*time.Millisecond))
	showTrap(guest.Call(func(g Raw) { C.guest_spin(g) }))
	guest.Resume()
	fmt.Println("add(1, 2) =", must(add(guest, 1, 2)))
}

func showPool(module Module) {
	pool := must(NewPool(module, imports, 10))
	defer pool.Free()
	fmt.Print("requests:")
	for i := 0; i < 3; i++ {
		guest := must(pool.Take())
		must(0, guest.Call(func(g Raw) { fmt.Print(" ", C.guest_count(g)) }))
		pool.Give(guest)
	}
	var wait sync.WaitGroup
	var sums [4]int32
	for i := range sums {
		wait.Add(1)
		go func(sum *int32) {
			defer wait.Done()
			guest := must(pool.Take())
			defer pool.Give(guest)
			*sum = must(add(guest, 34, 76))
			checkNil()
		}(&sums[i])
	}
	wait.Wait()
	fmt.Println("\nthreads:", sums[0], sums[1], sums[2], sums[3])
}

func bench(guest Instance) {
	const calls = 5000000
	start, sum := time.Now(), C.int32_t(0)
	must(0, guest.Call(func(g Raw) {
		for i := 0; i < calls; i++ {
			sum = C.guest_add(g, sum, 1)
		}
	}))
	fmt.Printf("go: %.1f million calls a second\n", float64(sum)/time.Since(start).Seconds()/1e6)
}

func main() {
	module := must(Load(os.Args[1]))
	store := NewStore()
	guest := must(store.Instantiate(module, imports))
	if len(os.Args) > 2 && os.Args[2] == "--bench" {
		bench(guest)
		return
	}
	checkNil()
	showValues(guest)
	showStrings(guest)
	showHostError(guest)
	showTraps(guest)
	showDeadline(guest)
	fmt.Println("without an instance:", C.calc_add(nil, 34, 76)) // calc imports nothing
	showPool(module)
	store.Free()
	module.Free()
}
