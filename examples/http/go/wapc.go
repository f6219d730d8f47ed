// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// waPC guests from a .so, by cgo: what server.go needs of wasm2so_wapc.h.
package main

// #cgo LDFLAGS: -lwasm2so_rt
// #include <stdlib.h>
// #include <wasm2so_wapc.h>
//
// static bool define(void *env, w2s_linker *linker, w2s_error *err)
// {
//     w2s_wapc_config config = {.size = sizeof config};
//     return w2s_linker_define_wapc(linker, &config, err);
// }
//
// static w2s_pool *pool_new(w2s_module *module, size_t instances, w2s_error *err)
// {
//     w2s_pool_config config = {
//         .size = sizeof config, .max_instances = instances, .warm = instances, .define = define};
//     return w2s_pool_new(module, &config, err);
// }
import "C"

import (
	"errors"
	"time"
	"unsafe"
)

var ErrBusy = errors.New("all guests are busy")

// Guests of a module: an instance for each call.
type Guests struct {
	pool  *C.w2s_pool
	free  chan struct{} // as many tokens as instances
	limit time.Duration
}

func fault(err *C.w2s_error) error { return errors.New(C.GoString(&err.message[0])) }

func Load(path string, instances int, limit time.Duration) (*Guests, error) {
	var err C.w2s_error
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	module := C.w2s_module_load(name, &err)
	if module == nil {
		return nil, fault(&err)
	}
	pool := C.pool_new(module, C.size_t(instances), &err)
	if pool == nil {
		return nil, fault(&err)
	}
	return &Guests{pool, make(chan struct{}, instances), limit}, nil
}

// Call waits for a guest, but not for ever.
func (g *Guests) Call(operation string, payload []byte) ([]byte, error) {
	select {
	case g.free <- struct{}{}:
		defer func() { <-g.free }()
	case <-time.After(g.limit):
		return nil, ErrBusy
	}
	var err C.w2s_error
	instance := C.w2s_pool_take(g.pool, nil, &err)
	if instance == nil {
		return nil, fault(&err)
	}
	defer C.w2s_pool_give(g.pool, instance)
	C.w2s_store_set_deadline(C.w2s_instance_store(instance), C.uint64_t(g.limit), nil)
	guest := C.w2s_wapc_start(instance, nil, &err)
	if guest == nil {
		return nil, fault(&err)
	}
	return call(guest, operation, payload)
}

func call(guest *C.w2s_wapc, operation string, payload []byte) ([]byte, error) {
	var answer C.w2s_wapc_answer
	name := C.CString(operation)
	defer C.free(unsafe.Pointer(name))
	trap := C.w2s_wapc_call(guest, name, unsafe.Pointer(unsafe.SliceData(payload)),
		C.size_t(len(payload)), &answer)
	if trap != nil {
		defer C.w2s_trap_free(trap)
		return nil, errors.New(C.GoString(C.w2s_trap_message(trap)))
	}
	bytes := C.GoBytes(unsafe.Pointer(answer.bytes.data), C.int(answer.bytes.size))
	if !answer.ok {
		return nil, errors.New(string(bytes))
	}
	return bytes, nil
}
