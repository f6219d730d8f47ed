// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A waPC host in Go.
//
//	host GUEST.so            the calls of expected.txt
//	host GUEST.so COUNT      so many calls of check_word_exists: calls a second
package main

import (
	"errors"
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	"github.com/vmihailenco/msgpack/v5"
)

type example struct{}

func (example) Call(binding, namespace, operation string, payload []byte) ([]byte, error) {
	if binding != "binding" {
		return nil, errors.New("unknown binding")
	}
	return msgpack.Marshal(binding + "/" + namespace + "/" + operation)
}

func (example) Log(text string) {
	fmt.Fprintln(os.Stderr, "log:", text)
}

type named struct {
	Name string `msgpack:"name"`
}

type input struct {
	Inp point `msgpack:"inp"`
}

type point struct {
	X string `msgpack:"x"`
	Y string `msgpack:"y"`
}

func request(guest *Guest, operation string, payload any) (text string, err error) {
	bytes, err := msgpack.Marshal(payload)
	if err != nil {
		return "", err
	}
	answer, err := guest.Call(operation, bytes)
	if err != nil {
		return "", err
	}
	return text, msgpack.Unmarshal(answer, &text)
}

func printCall(guest *Guest, operation, name string, payload any) {
	answer, err := request(guest, operation, payload)
	if err != nil {
		answer = "error: " + err.Error()
	}
	fmt.Printf("%s %s: %s\n", operation, name, answer)
}

func allCalls(guest *Guest) {
	for _, word := range []string{"foo", "bar", "xylophone", "milagro", "test", "testme", ""} {
		printCall(guest, "check_word_exists", word, named{word})
	}
	printCall(guest, "sayHello", "foo", named{"foo"})
	printCall(guest, "handle_input", "shashank", input{point{"shashank", "test"}})
	printCall(guest, "relay", "foo", named{"foo"})
	printCall(guest, "fail", "foo", named{"foo"})
}

func measure(guest *Guest, count int) {
	payload, err := msgpack.Marshal(named{"foo"})
	start := time.Now()
	for i := 0; i < count && err == nil; i++ {
		_, err = guest.Call("check_word_exists", payload)
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.0f calls/s\n", float64(count)/time.Since(start).Seconds())
}

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 {
		log.Fatal("usage: host GUEST.so [COUNT]")
	}
	guest, err := NewGuest(os.Args[1], example{})
	if err != nil {
		log.Fatal(err)
	}
	defer guest.Close()
	if len(os.Args) == 2 {
		allCalls(guest)
		return
	}
	count, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	measure(guest, count)
}
