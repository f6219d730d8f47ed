// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An HTTP server in Go over a waPC guest in a .so.   server GUEST.so OPERATION [PORT]
package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/vmihailenco/msgpack/v5"
)

const maxBody = 65536

// A body NAME=VALUE, or ?key=JSON.
func question(r *http.Request) (any, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return nil, err
	}
	if len(body) > 0 {
		form, err := url.ParseQuery(string(body))
		pairs := map[string]string{}
		for name := range form {
			pairs[name] = form.Get(name)
		}
		return pairs, err
	}
	key := r.URL.Query().Get("key")
	if key == "" {
		return nil, errors.New("neither NAME=VALUE nor ?key=JSON")
	}
	var value any
	return value, json.Unmarshal([]byte(key), &value)
}

type handler struct {
	guests    *Guests
	operation string
}

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	value, err := question(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	payload, err := msgpack.Marshal(value)
	if err == nil {
		payload, err = h.guests.Call(h.operation, payload)
	}
	if errors.Is(err, ErrBusy) {
		w.Header().Set("Retry-After", "1")
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	} else if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	} else {
		w.Write(payload) // MessagePack, as it is
	}
}

func main() {
	if len(os.Args) < 3 {
		log.Fatal("usage: server GUEST.so OPERATION [PORT]")
	}
	guests, err := Load(os.Args[1], 16, 5*time.Second)
	if err != nil {
		log.Fatal(err)
	}
	port := "8080"
	if len(os.Args) > 3 {
		port = os.Args[3]
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok\n") })
	mux.Handle("/", handler{guests, os.Args[2]})
	server := http.Server{Addr: ":" + port, Handler: mux, ReadTimeout: 30 * time.Second,
		WriteTimeout: 30 * time.Second}
	stop, done := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer done()
	ended := make(chan error)
	go func() { ended <- server.ListenAndServe() }()
	select {
	case err := <-ended:
		log.Fatal(err)
	case <-stop.Done():
		server.Shutdown(context.Background())
	}
}
