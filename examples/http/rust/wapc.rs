// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// waPC guests from a .so: what server.rs needs of wasm2so_wapc.h.
use std::ffi::{c_char, c_int, c_void, CStr, CString};
use std::{ptr, slice};

#[repr(C)]
struct RawError {
    kind: c_int,
    message: [c_char; 500],
}

#[repr(C)]
struct WapcConfig {
    size: usize,
    callbacks: [*const c_void; 4], // none: no host calls, no log, no env, no files
}

#[repr(C)]
struct Answer {
    ok: bool,
    data: *const u8,
    size: usize,
}

#[repr(C)]
struct PoolConfig {
    size: usize,
    max_instances: usize,
    warm: usize,
    keep_resident: usize,
    store: *const c_void,
    define: extern "C" fn(*mut c_void, *mut c_void, *mut RawError) -> bool,
    env: *mut c_void,
}

#[link(name = "wasm2so_rt")]
extern "C" {
    fn w2s_module_load(path: *const c_char, err: *mut RawError) -> *mut c_void;
    fn w2s_pool_new(
        module: *mut c_void,
        config: *const PoolConfig,
        err: *mut RawError,
    ) -> *mut c_void;
    fn w2s_pool_take(pool: *mut c_void, trap: *mut c_void, err: *mut RawError) -> *mut c_void;
    fn w2s_pool_give(pool: *mut c_void, instance: *mut c_void) -> bool;
    fn w2s_instance_store(instance: *mut c_void) -> *mut c_void;
    fn w2s_store_set_deadline(store: *mut c_void, ns: u64, err: *mut RawError) -> bool;
    fn w2s_linker_define_wapc(
        linker: *mut c_void,
        config: *const WapcConfig,
        err: *mut RawError,
    ) -> bool;
    fn w2s_wapc_start(instance: *mut c_void, trap: *mut c_void, err: *mut RawError) -> *mut c_void;
    fn w2s_wapc_call(
        guest: *mut c_void,
        operation: *const c_char,
        payload: *const u8,
        size: usize,
        answer: *mut Answer,
    ) -> *mut c_void;
    fn w2s_trap_message(trap: *const c_void) -> *const c_char;
    fn w2s_trap_free(trap: *mut c_void);
}

extern "C" fn define(_: *mut c_void, linker: *mut c_void, err: *mut RawError) -> bool {
    let config = WapcConfig {
        size: size_of::<WapcConfig>(),
        callbacks: [ptr::null(); 4],
    };
    unsafe { w2s_linker_define_wapc(linker, &config, err) }
}

/// Calls make; NULL is the error that it filled in.
fn check(make: impl FnOnce(*mut RawError) -> *mut c_void) -> Result<*mut c_void, String> {
    let mut err = RawError {
        kind: 0,
        message: [0; 500],
    };
    let made = make(&mut err);
    if made.is_null() {
        return Err(unsafe { text(err.message.as_ptr()) });
    }
    Ok(made)
}

unsafe fn text(text: *const c_char) -> String {
    CStr::from_ptr(text).to_string_lossy().into_owned()
}

/// The guests of a module: an instance for each call, from any thread.
pub struct Guests {
    pool: *mut c_void,
    limit_ns: u64,
}

unsafe impl Send for Guests {}
unsafe impl Sync for Guests {}

/// An instance that is out of the pool.
struct Taken<'a>(&'a Guests, *mut c_void);

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        unsafe { w2s_pool_give(self.0.pool, self.1) };
    }
}

impl Guests {
    pub fn load(path: &str, instances: usize, limit_ms: u64) -> Result<Guests, String> {
        let path = CString::new(path).map_err(|e| e.to_string())?;
        let module = check(|err| unsafe { w2s_module_load(path.as_ptr(), err) })?;
        let config = PoolConfig {
            size: size_of::<PoolConfig>(),
            max_instances: instances,
            warm: instances,
            keep_resident: 0,
            store: ptr::null(),
            define,
            env: ptr::null_mut(),
        };
        let pool = check(|err| unsafe { w2s_pool_new(module, &config, err) })?;
        Ok(Guests {
            pool,
            limit_ns: limit_ms * 1_000_000,
        })
    }

    /// Bytes for bytes; what the guest reports, or traps with, is the error.
    pub fn call(&self, operation: &CStr, payload: &[u8]) -> Result<Vec<u8>, String> {
        let instance = check(|err| unsafe { w2s_pool_take(self.pool, ptr::null_mut(), err) })?;
        let _taken = Taken(self, instance);
        let mut answer = Answer {
            ok: false,
            data: ptr::null(),
            size: 0,
        };
        unsafe {
            w2s_store_set_deadline(w2s_instance_store(instance), self.limit_ns, ptr::null_mut());
            let guest = check(|err| w2s_wapc_start(instance, ptr::null_mut(), err))?;
            let (data, size) = (payload.as_ptr(), payload.len());
            let trap = w2s_wapc_call(guest, operation.as_ptr(), data, size, &mut answer);
            if !trap.is_null() {
                let message = text(w2s_trap_message(trap));
                w2s_trap_free(trap);
                return Err(message);
            }
            let bytes = slice::from_raw_parts(answer.data, answer.size).to_vec();
            if answer.ok {
                Ok(bytes)
            } else {
                Err(String::from_utf8_lossy(&bytes).into_owned())
            }
        }
    }
}
