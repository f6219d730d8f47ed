// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What host.go needs of wasm2so.h. C keeps no pointers into Go: a host function is a cgo.Handle. A
// panic or an error of one ends the guest's call as a trap and comes out where the call was made.
package main

// #include <stdlib.h>
// #include <string.h>
// #include <wasm2so.h>
// w2s_trap *hostFunction(void *, w2s_instance *, w2s_value *, w2s_value *);
// bool defineImports(void *, w2s_linker *, w2s_error *);
//
// static w2s_trap *host_function(void *env, w2s_instance *caller, const w2s_value *args,
//                                w2s_value *results)
// {
//     return hostFunction(env, caller, (w2s_value *)args, results);
// }
//
// static w2s_func *func_new(w2s_store *store, const char *params, const char *results, uintptr_t env)
// {
//     enum { MOST = 16 };
//     static const char letters[] = " ilfd"; /* by enum w2s_valkind */
//     w2s_valtype types[MOST] = {0};
//     w2s_functype type = {types, types + strlen(params), strlen(params), strlen(results)};
//     if (type.param_count + type.result_count > MOST)
//         return NULL;
//     for (uint32_t i = 0; i < type.param_count + type.result_count; i++) {
//         char letter = i < type.param_count ? params[i] : results[i - type.param_count];
//         types[i].kind = (uint8_t)(strchr(letters, letter) - letters);
//     }
//     return w2s_func_new(store, &type, host_function, (void *)env, NULL);
// }
//
// static bool define_func(w2s_linker *linker, const char *module, const char *name, w2s_func *func)
// {
//     w2s_extern item = {W2S_FUNC, {.func = func}};
//     return func && w2s_linker_define(linker, module, name, item);
// }
//
// static w2s_pool *pool_new(w2s_module *module, size_t max_instances, uintptr_t env, w2s_error *err)
// {
//     w2s_pool_config config = {.size = sizeof config, .max_instances = max_instances,
//                               .define = defineImports, .env = (void *)env};
//     return w2s_pool_new(module, &config, err);
// }
import "C"

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"runtime/cgo"
	"sync"
	"time"
	"unsafe"
)

type (
	Module struct{ ptr *C.w2s_module }
	Store  struct{ ptr *C.w2s_store }
	Memory struct{ ptr *C.w2s_memory }
	Caller struct{ ptr *C.w2s_instance }
	Raw    = *C.w2s_instance
	Trap   C.enum_w2s_trap_kind
	Value  uint64
)
type Instance struct{ raw Raw }

func (t Trap) Error() string { return C.GoString(C.w2s_trap_kind_message(C.enum_w2s_trap_kind(t))) }

func F64(f float64) Value    { return Value(math.Float64bits(f)) }
func (v Value) I32() int32   { return int32(v) }
func (v Value) I64() int64   { return int64(v) }
func (v Value) F64() float64 { return math.Float64frombits(uint64(v)) }

// Imports are host functions by name and type: i, l, f, d are i32, i64, f32, f64.
type Import struct{ module, name, params, results string }
type Function func(caller Caller, args []Value) (Value, error)
type Imports map[Import]Function

type hostFunc struct {
	call    Function
	params  int
	results int
}

// What host functions panicked with or returned, until the call that they end returns: by instance,
// since a goroutine has no identity and its thread changes.
var raised sync.Map

type failure struct {
	value   any
	panicky bool
}

//export hostFunction
func hostFunction(env unsafe.Pointer, caller Raw, args, results *C.w2s_value) (trap *C.w2s_trap) {
	host := cgo.Handle(uintptr(env)).Value().(hostFunc)
	defer func() {
		if value := recover(); value != nil {
			trap = fail(caller, failure{value, true})
		}
	}()
	given := make([]Value, host.params)
	for i, arg := range unsafe.Slice(args, host.params) {
		given[i] = *(*Value)(unsafe.Pointer(&arg))
	}
	result, err := host.call(Caller{caller}, given)
	if err != nil {
		return fail(caller, failure{err, false})
	}
	if host.results == 1 {
		*(*Value)(unsafe.Pointer(results)) = result
	}
	return nil
}

func fail(caller Raw, f failure) *C.w2s_trap {
	raised.Store(caller, f)
	message := C.CString(fmt.Sprint(f.value))
	defer C.free(unsafe.Pointer(message))
	return C.w2s_trap_new(C.w2s_instance_store(caller), message)
}

// Call runs calls of the guest's functions; the last trap, if there was one, is the error. Which trap
// it was belongs to the thread: the goroutine must not change it in between.
func (i Instance) Call(calls func(Raw)) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	calls(i.raw)
	kind := C.w2s_last_trap()
	if kind == C.W2S_TRAP_NONE {
		return nil
	}
	if f, found := raised.LoadAndDelete(i.raw); found && kind == C.W2S_TRAP_HOST {
		if f := f.(failure); f.panicky {
			panic(f.value)
		} else {
			return f.value.(error)
		}
	}
	return Trap(kind)
}

func fault(err *C.w2s_error) error { return errors.New(C.GoString(&err.message[0])) }

func Load(path string) (Module, error) {
	var err C.w2s_error
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	module := C.w2s_module_load(name, &err)
	if module == nil {
		return Module{}, fault(&err)
	}
	return Module{module}, nil
}

func (m Module) Free() { C.w2s_module_free(m.ptr) }

func NewStore() Store { return Store{C.w2s_store_new(nil)} }

func (s Store) Free() { C.w2s_store_free(s.ptr) }

func (s Store) Instantiate(module Module, imports Imports) (Instance, error) {
	var err C.w2s_error
	linker := C.w2s_linker_new(s.ptr)
	if linker == nil || !imports.define(linker) {
		return Instance{}, errors.New("out of memory")
	}
	instance := C.w2s_instance_new(s.ptr, module.ptr, linker, nil, &err)
	if instance == nil {
		return Instance{}, fault(&err)
	}
	return Instance{instance}, nil
}

func (imports Imports) define(linker *C.w2s_linker) bool {
	for what, call := range imports {
		handle := cgo.NewHandle(hostFunc{call, len(what.params), len(what.results)}) // for ever
		text := [...]*C.char{C.CString(what.module), C.CString(what.name), C.CString(what.params),
			C.CString(what.results)}
		function := C.func_new(C.w2s_linker_store(linker), text[2], text[3], C.uintptr_t(handle))
		ok := C.define_func(linker, text[0], text[1], function)
		for _, s := range text {
			C.free(unsafe.Pointer(s))
		}
		if !ok {
			return false
		}
	}
	return true
}

func (i Instance) SetDeadline(after time.Duration) error {
	var err C.w2s_error
	if !C.w2s_store_set_deadline(C.w2s_instance_store(i.raw), C.uint64_t(after), &err) {
		return fault(&err)
	}
	return nil
}

// Resume takes the deadline back and makes the store usable again.
func (i Instance) Resume() {
	store := C.w2s_instance_store(i.raw)
	C.w2s_store_set_deadline(store, 0, nil)
	C.w2s_store_resume(store)
}

func (i Instance) Memory(name string) Memory {
	text := C.CString(name)
	defer C.free(unsafe.Pointer(text))
	return Memory{C.w2s_instance_memory(i.raw, text)}
}

func (c Caller) Memory() Memory { return Memory{C.w2s_instance_main_memory(c.ptr)} }

var errBounds = errors.New("outside of the memory")

// A view of a range, good until the memory's contents change.
func (m Memory) slice(address int32, size int) ([]byte, error) {
	from := uint64(uint32(address))
	if size < 0 || from+uint64(size) > uint64(C.w2s_memory_size(m.ptr)) {
		return nil, errBounds
	}
	return unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(C.w2s_memory_base(m.ptr)), from)), size), nil
}

func (m Memory) Read(address, size int32) (string, error) {
	bytes, err := m.slice(address, int(size))
	return string(bytes), err
}

func (m Memory) Write(address int32, data []byte) error {
	bytes, err := m.slice(address, len(data))
	copy(bytes, data)
	return err
}

// A Pool has an instance for each request.
type Pool struct {
	ptr *C.w2s_pool
	env cgo.Handle
}

//export defineImports
func defineImports(env unsafe.Pointer, linker *C.w2s_linker, _ *C.w2s_error) C.bool {
	return C.bool(cgo.Handle(uintptr(env)).Value().(Imports).define(linker))
}

func NewPool(module Module, imports Imports, instances int) (Pool, error) {
	var err C.w2s_error
	env := cgo.NewHandle(imports)
	pool := C.pool_new(module.ptr, C.size_t(instances), C.uintptr_t(env), &err)
	if pool == nil {
		env.Delete()
		return Pool{}, fault(&err)
	}
	return Pool{pool, env}, nil
}

func (p Pool) Free() {
	C.w2s_pool_free(p.ptr)
	p.env.Delete()
}

func (p Pool) Take() (Instance, error) {
	var err C.w2s_error
	instance := C.w2s_pool_take(p.ptr, nil, &err)
	if instance == nil {
		return Instance{}, fault(&err)
	}
	return Instance{instance}, nil
}

func (p Pool) Give(i Instance) { C.w2s_pool_give(p.ptr, i.raw) }
