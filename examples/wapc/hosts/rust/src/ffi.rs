/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What this host takes of wasm2so.h and wasm2so_wapc.h.
 */
use std::ffi::{c_char, c_int, c_void};

/// A handle of the runtime's.
#[repr(C)]
pub struct Opaque {
    _private: [u8; 0],
}

#[repr(C)]
pub struct Error {
    pub kind: c_int,
    pub message: [c_char; 500],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Bytes {
    pub data: *const u8,
    pub size: usize,
}

#[repr(C)]
pub struct HostCall {
    pub binding: Bytes,
    pub name_space: Bytes,
    pub operation: Bytes,
    pub payload: Bytes,
}

#[repr(C)]
pub struct Config {
    pub size: usize,
    pub host_call: extern "C" fn(*mut c_void, *mut Opaque, *const HostCall) -> bool,
    pub console_log: extern "C" fn(*mut c_void, *mut Opaque, Bytes),
    pub env: *mut c_void,
    pub wasi: *const c_void,
}

#[repr(C)]
pub struct Answer {
    pub ok: bool,
    pub bytes: Bytes,
}

extern "C" {
    pub fn w2s_module_load(path: *const c_char, err: *mut Error) -> *mut Opaque;
    pub fn w2s_module_free(module: *mut Opaque);
    pub fn w2s_store_new(config: *const c_void) -> *mut Opaque;
    pub fn w2s_store_free(store: *mut Opaque);
    pub fn w2s_linker_new(store: *mut Opaque) -> *mut Opaque;
    pub fn w2s_instance_new(
        store: *mut Opaque,
        module: *mut Opaque,
        linker: *const Opaque,
        trap: *mut *mut Opaque,
        err: *mut Error,
    ) -> *mut Opaque;
    pub fn w2s_trap_message(trap: *const Opaque) -> *const c_char;
    pub fn w2s_trap_free(trap: *mut Opaque);

    pub fn w2s_linker_define_wapc(
        linker: *mut Opaque,
        config: *const Config,
        err: *mut Error,
    ) -> bool;
    pub fn w2s_wapc_start(
        instance: *mut Opaque,
        trap: *mut *mut Opaque,
        err: *mut Error,
    ) -> *mut Opaque;
    pub fn w2s_wapc_call(
        guest: *mut Opaque,
        operation: *const c_char,
        payload: *const u8,
        size: usize,
        answer: *mut Answer,
    ) -> *mut Opaque;
    pub fn w2s_wapc_reply(guest: *mut Opaque, data: *const u8, size: usize) -> bool;
}
