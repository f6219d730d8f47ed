// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What host.rs needs of wasm2so.h. A panic or an error of a host function ends the guest's call as a
// trap, and comes out where that call was made; none unwinds through C.
use std::any::Any;
use std::cell::RefCell;
use std::ffi::{c_char, c_int, c_void, CStr, CString};
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::{fmt, ptr};

#[repr(C)]
pub struct RawInstance([u8; 0]);
pub type Raw = *mut RawInstance;

#[repr(C)]
#[derive(Clone, Copy)]
pub union Value {
    pub i32: i32,
    pub i64: i64,
    pub f32: f32,
    pub f64: f64,
    bits: [u64; 2],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Valtype {
    kind: u8,
    nullable: u8,
    reserved: u16,
    heap: u32,
}

pub const I32: Valtype = Valtype {
    kind: 1,
    nullable: 0,
    reserved: 0,
    heap: 0,
};
pub const I64: Valtype = Valtype { kind: 2, ..I32 };
pub const F64: Valtype = Valtype { kind: 4, ..I32 };

#[repr(C)]
struct Functype {
    params: *const Valtype,
    results: *const Valtype,
    param_count: u32,
    result_count: u32,
}

#[repr(C)]
struct Extern {
    kind: c_int,
    of: *mut c_void,
}

#[repr(C)]
struct RawError {
    kind: c_int,
    message: [c_char; 500],
}

type Callback = extern "C" fn(*mut c_void, Raw, *const Value, *mut Value) -> *mut c_void;
type DefineCallback = extern "C" fn(*mut c_void, *mut c_void, *mut RawError) -> bool;

#[repr(C)]
struct PoolConfig {
    size: usize,
    max_instances: usize,
    warm: usize,
    keep_resident: usize,
    store: *const c_void,
    define: DefineCallback,
    env: *mut c_void,
}

#[link(name = "wasm2so_rt")]
extern "C" {
    fn w2s_module_load(path: *const c_char, err: *mut RawError) -> *mut c_void;
    fn w2s_module_free(module: *mut c_void);
    fn w2s_store_new(config: *const c_void) -> *mut c_void;
    fn w2s_store_free(store: *mut c_void);
    fn w2s_store_set_deadline(store: *mut c_void, nanoseconds: u64, err: *mut RawError) -> bool;
    fn w2s_store_resume(store: *mut c_void);
    fn w2s_linker_new(store: *mut c_void) -> *mut c_void;
    fn w2s_linker_store(linker: *mut c_void) -> *mut c_void;
    fn w2s_linker_define(
        linker: *mut c_void,
        module: *const c_char,
        name: *const c_char,
        item: Extern,
    ) -> bool;
    fn w2s_instance_new(
        store: *mut c_void,
        module: *mut c_void,
        linker: *mut c_void,
        trap: *mut c_void,
        err: *mut RawError,
    ) -> Raw;
    fn w2s_instance_store(instance: Raw) -> *mut c_void;
    fn w2s_instance_main_memory(instance: Raw) -> *mut c_void;
    fn w2s_func_new(
        store: *mut c_void,
        kind: *const Functype,
        callback: Callback,
        env: *mut c_void,
        finalize: extern "C" fn(*mut c_void),
    ) -> *mut c_void;
    fn w2s_trap_new(store: *mut c_void, message: *const c_char) -> *mut c_void;
    fn w2s_trap_kind_message(kind: c_int) -> *const c_char;
    fn w2s_last_trap() -> c_int;
    fn w2s_memory_base(memory: *mut c_void) -> *mut u8;
    fn w2s_memory_size(memory: *mut c_void) -> u64;
    fn w2s_pool_new(
        module: *mut c_void,
        config: *const PoolConfig,
        err: *mut RawError,
    ) -> *mut c_void;
    fn w2s_pool_take(pool: *mut c_void, trap: *mut c_void, err: *mut RawError) -> Raw;
    fn w2s_pool_give(pool: *mut c_void, instance: Raw) -> bool;
    fn w2s_pool_free(pool: *mut c_void);
}

// ---- errors ----

#[derive(Debug, PartialEq)]
pub enum Error {
    Trap(String),  // the guest's
    Host(String),  // of a host function
    Other(String), // loading, linking, a limit, a range outside of the memory
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (Error::Trap(text) | Error::Host(text) | Error::Other(text)) = self;
        f.write_str(text)
    }
}

fn other<T>(text: &str) -> Result<T, Error> {
    Err(Error::Other(text.into()))
}

/// make(&mut err), or the error.
fn check<T: PartialEq>(failed: T, make: impl FnOnce(*mut RawError) -> T) -> Result<T, Error> {
    let mut err = RawError {
        kind: 0,
        message: [0; 500],
    };
    let made = make(&mut err);
    if made != failed {
        return Ok(made);
    }
    other(&unsafe { CStr::from_ptr(err.message.as_ptr()) }.to_string_lossy())
}

enum Raised {
    Error(String),
    Panic(Box<dyn Any + Send>),
}

thread_local! {
    /// By the host function that ended the call which is about to return.
    static RAISED: RefCell<Option<Raised>> = const { RefCell::new(None) };
}

// ---- host functions ----

pub type Host = fn(&Instance, &[Value]) -> Result<Option<Value>, String>;

#[derive(Clone, Copy)]
pub struct Import {
    pub module: &'static CStr,
    pub name: &'static CStr,
    pub params: &'static [Valtype],
    pub results: &'static [Valtype],
    pub call: Host,
}

extern "C" fn callback(
    env: *mut c_void,
    caller: Raw,
    args: *const Value,
    results: *mut Value,
) -> *mut c_void {
    let import = unsafe { &*(env as *const Import) };
    let args = unsafe { std::slice::from_raw_parts(args, import.params.len()) };
    let raised = match catch_unwind(AssertUnwindSafe(|| {
        (import.call)(&Instance { raw: caller }, args)
    })) {
        Ok(Ok(None)) => return ptr::null_mut(),
        Ok(Ok(Some(value))) => {
            unsafe { *results = value };
            return ptr::null_mut();
        }
        Ok(Err(text)) => Raised::Error(text),
        Err(panic) => Raised::Panic(panic),
    };
    RAISED.set(Some(raised));
    unsafe { w2s_trap_new(w2s_instance_store(caller), c"raised in Rust".as_ptr()) }
}

extern "C" fn drop_import(env: *mut c_void) {
    drop(unsafe { Box::from_raw(env as *mut Import) });
}

fn define(linker: *mut c_void, imports: &[Import]) -> bool {
    imports.iter().all(|import| unsafe {
        let kind = Functype {
            params: import.params.as_ptr(),
            results: import.results.as_ptr(),
            param_count: import.params.len() as u32,
            result_count: import.results.len() as u32,
        };
        let env = Box::into_raw(Box::new(*import)) as *mut c_void; // the store's
        let func = w2s_func_new(w2s_linker_store(linker), &kind, callback, env, drop_import);
        let item = Extern { kind: 0, of: func };
        !func.is_null()
            && w2s_linker_define(linker, import.module.as_ptr(), import.name.as_ptr(), item)
    })
}

// ---- modules, instances, pools ----

pub struct Module(*mut c_void);
unsafe impl Send for Module {}
unsafe impl Sync for Module {}

impl Module {
    pub fn load(path: &str) -> Result<Module, Error> {
        let path = CString::new(path).or(other("a NUL in the path"))?;
        check(ptr::null_mut(), |err| unsafe {
            w2s_module_load(path.as_ptr(), err)
        })
        .map(Module)
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        unsafe { w2s_module_free(self.0) }
    }
}

pub struct Instance {
    raw: Raw,
}

impl Instance {
    /// Calls a function of the guest. A host function's panic goes on from here.
    pub fn call<T>(&self, function: impl FnOnce(Raw) -> T) -> Result<T, Error> {
        let result = function(self.raw);
        let kind = unsafe { w2s_last_trap() };
        if kind == 0 {
            return Ok(result);
        }
        match RAISED.take() {
            Some(Raised::Panic(panic)) => resume_unwind(panic),
            Some(Raised::Error(text)) => Err(Error::Host(text)),
            None => {
                let text = unsafe { CStr::from_ptr(w2s_trap_kind_message(kind)) };
                Err(Error::Trap(text.to_string_lossy().into()))
            }
        }
    }

    /// A range of the memory, for as long as nothing of the guest runs.
    fn range(&self, address: i32, size: i32) -> Result<*mut u8, Error> {
        let (from, size) = (address as u32 as u64, size as u32 as u64);
        let memory = unsafe { w2s_instance_main_memory(self.raw) };
        if memory.is_null() || from + size > unsafe { w2s_memory_size(memory) } {
            return other("outside of the memory");
        }
        Ok(unsafe { w2s_memory_base(memory).add(from as usize) })
    }

    pub fn read(&self, address: i32, size: i32) -> Result<String, Error> {
        let bytes =
            unsafe { std::slice::from_raw_parts(self.range(address, size)?, size as usize) };
        Ok(String::from_utf8_lossy(bytes).into())
    }

    pub fn write(&self, address: i32, bytes: &[u8]) -> Result<(), Error> {
        let to = self.range(address, bytes.len() as i32)?;
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) };
        Ok(())
    }

    pub fn set_deadline(&self, after: std::time::Duration) -> Result<bool, Error> {
        let store = unsafe { w2s_instance_store(self.raw) };
        check(false, |err| unsafe {
            w2s_store_set_deadline(store, after.as_nanos() as u64, err)
        })
    }

    /// Takes the deadline back and makes the store usable again.
    pub fn resume(&self) {
        unsafe {
            let store = w2s_instance_store(self.raw);
            w2s_store_set_deadline(store, 0, ptr::null_mut());
            w2s_store_resume(store);
        }
    }
}

/// A store with one instance.
pub struct Guest<'a> {
    store: *mut c_void,
    pub instance: Instance,
    _module: &'a Module,
}

impl<'a> Guest<'a> {
    pub fn new(module: &'a Module, imports: &[Import]) -> Result<Guest<'a>, Error> {
        let store = unsafe { w2s_store_new(ptr::null()) };
        let linker = unsafe { w2s_linker_new(store) };
        if !define(linker, imports) {
            return other("out of memory");
        }
        let raw = check(ptr::null_mut(), |err| unsafe {
            w2s_instance_new(store, module.0, linker, ptr::null_mut(), err)
        })?;
        Ok(Guest {
            store,
            instance: Instance { raw },
            _module: module,
        })
    }
}

impl Drop for Guest<'_> {
    fn drop(&mut self) {
        unsafe { w2s_store_free(self.store) }
    }
}

pub struct Pool<'a> {
    raw: *mut c_void,
    _imports: &'a [Import],
}
unsafe impl Sync for Pool<'_> {}

extern "C" fn define_imports(env: *mut c_void, linker: *mut c_void, _err: *mut RawError) -> bool {
    define(linker, unsafe { *(env as *const &[Import]) })
}

impl<'a> Pool<'a> {
    pub fn new(
        module: &'a Module,
        imports: &'a &'a [Import],
        max_instances: usize,
    ) -> Result<Pool<'a>, Error> {
        let config = PoolConfig {
            size: size_of::<PoolConfig>(),
            max_instances,
            warm: 0,
            keep_resident: 0,
            store: ptr::null(),
            define: define_imports,
            env: imports as *const &[Import] as *mut c_void,
        };
        let raw = check(ptr::null_mut(), |err| unsafe {
            w2s_pool_new(module.0, &config, err)
        })?;
        Ok(Pool {
            raw,
            _imports: imports,
        })
    }

    /// Handles one request with an instance that is as good as new.
    pub fn request<T>(&self, handle: impl FnOnce(&Instance) -> T) -> Result<T, Error> {
        struct Taken<'a>(&'a Pool<'a>, Instance);
        impl Drop for Taken<'_> {
            fn drop(&mut self) {
                unsafe { w2s_pool_give(self.0.raw, self.1.raw) };
            }
        }
        let raw = check(ptr::null_mut(), |err| unsafe {
            w2s_pool_take(self.raw, ptr::null_mut(), err)
        })?;
        let taken = Taken(self, Instance { raw });
        Ok(handle(&taken.1))
    }
}

impl Drop for Pool<'_> {
    fn drop(&mut self) {
        unsafe { w2s_pool_free(self.raw) }
    }
}
