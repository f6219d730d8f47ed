// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A waPC guest as a Go type, over wasm2so_wapc.h. cgo finds header and library by CGO_CFLAGS and
// CGO_LDFLAGS.
package main

/*
#cgo LDFLAGS: -lwasm2so_rt
#include <stdlib.h>
#include "wasm2so_wapc.h"

bool goHostCall(uintptr_t handle, w2s_wapc *guest, w2s_wapc_host_call *call);
void goConsoleLog(uintptr_t handle, char *text, size_t size);

static bool host_call(void *env, w2s_wapc *guest, const w2s_wapc_host_call *call)
{
	return goHostCall((uintptr_t)env, guest, (w2s_wapc_host_call *)call);
}

static void console_log(void *env, w2s_wapc *guest, w2s_wapc_bytes text)
{
	(void)guest;
	goConsoleLog((uintptr_t)env, (char *)text.data, text.size);
}

static bool define(w2s_linker *linker, uintptr_t handle, w2s_error *err)
{
	w2s_wapc_config config = {.size = sizeof config,
	                          .host_call = host_call,
	                          .console_log = console_log,
	                          .env = (void *)handle};
	return w2s_linker_define_wapc(linker, &config, err);
}
*/
import "C"

import (
	"errors"
	"runtime"
	"runtime/cgo"
	"unsafe"
)

// Host is what guests see of their host.
type Host interface {
	Call(binding, namespace, operation string, payload []byte) ([]byte, error)
	Log(text string)
}

// Guest is one instance of a compiled guest; one goroutine at a time may use it.
type Guest struct {
	module *C.w2s_module
	store  *C.w2s_store
	guest  *C.w2s_wapc
	host   cgo.Handle
}

func errorOf(err *C.w2s_error) error {
	return errors.New(C.GoString(&err.message[0]))
}

// NewGuest loads a guest and starts it.
func NewGuest(path string, host Host) (*Guest, error) {
	cpath := C.CString(path)
	defer C.free(unsafe.Pointer(cpath))
	var err C.w2s_error
	module := C.w2s_module_load(cpath, &err)
	if module == nil {
		return nil, errorOf(&err)
	}
	g := &Guest{module: module, store: C.w2s_store_new(nil), host: cgo.NewHandle(host)}
	if err := g.start(); err != nil {
		g.Close()
		return nil, err
	}
	return g, nil
}

func (g *Guest) start() error {
	var err C.w2s_error
	linker := C.w2s_linker_new(g.store)
	if !C.define(linker, C.uintptr_t(g.host), &err) {
		return errorOf(&err)
	}
	instance := C.w2s_instance_new(g.store, g.module, linker, nil, &err)
	if instance == nil {
		return errorOf(&err)
	}
	g.guest = C.w2s_wapc_start(instance, nil, &err)
	if g.guest == nil {
		return errorOf(&err)
	}
	return nil
}

// Close frees the guest.
func (g *Guest) Close() {
	C.w2s_store_free(g.store)
	C.w2s_module_free(g.module)
	g.host.Delete()
}

// Call returns the bytes that the guest answers, or its error or trap.
func (g *Guest) Call(operation string, payload []byte) ([]byte, error) {
	runtime.LockOSThread() // a host call in Go must come back to the thread that the guest runs on
	defer runtime.UnlockOSThread()
	coperation := C.CString(operation)
	defer C.free(unsafe.Pointer(coperation))
	var answer C.w2s_wapc_answer
	trap := C.w2s_wapc_call(g.guest, coperation, unsafe.Pointer(unsafe.SliceData(payload)),
		C.size_t(len(payload)), &answer)
	if trap != nil {
		defer C.w2s_trap_free(trap)
		return nil, errors.New(C.GoString(C.w2s_trap_message(trap)))
	}
	bytes := copyOf(answer.bytes)
	if !answer.ok {
		return nil, errors.New(string(bytes))
	}
	return bytes, nil
}

func copyOf(bytes C.w2s_wapc_bytes) []byte {
	return append([]byte{}, unsafe.Slice((*byte)(bytes.data), int(bytes.size))...)
}

//export goHostCall
func goHostCall(handle C.uintptr_t, guest *C.w2s_wapc, call *C.w2s_wapc_host_call) C.bool {
	host := cgo.Handle(handle).Value().(Host)
	answer, err := host.Call(string(copyOf(call.binding)), string(copyOf(call.name_space)),
		string(copyOf(call.operation)), copyOf(call.payload))
	if err != nil {
		answer = []byte(err.Error())
	}
	replied := C.w2s_wapc_reply(guest, unsafe.Pointer(unsafe.SliceData(answer)), C.size_t(len(answer)))
	return C.bool(bool(replied) && err == nil)
}

//export goConsoleLog
func goConsoleLog(handle C.uintptr_t, text *C.char, size C.size_t) {
	cgo.Handle(handle).Value().(Host).Log(C.GoStringN(text, C.int(size)))
}
