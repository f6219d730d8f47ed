/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A waPC guest as a Rust type: unsafe stays in here.
 */
use crate::ffi;
use std::ffi::{c_void, CStr, CString};
use std::path::Path;
use std::ptr::{null, null_mut};

/// What guests see of their host. A method that panics ends the process: it must not unwind into
/// the guest.
pub trait Host {
    fn call(
        &mut self,
        binding: &str,
        namespace: &str,
        operation: &str,
        payload: &[u8],
    ) -> Result<Vec<u8>, String>;
    fn log(&mut self, text: &str);
}

/// One instance of a compiled guest.
pub struct Guest<H: Host> {
    module: *mut ffi::Opaque,
    store: *mut ffi::Opaque,
    guest: *mut ffi::Opaque,
    host: *mut H,
}

/// The bytes, which live as long as the runtime leaves them.
unsafe fn slice<'a>(bytes: ffi::Bytes) -> &'a [u8] {
    std::slice::from_raw_parts(bytes.data, bytes.size)
}

unsafe fn text(bytes: ffi::Bytes) -> String {
    String::from_utf8_lossy(slice(bytes)).into_owned()
}

extern "C" fn host_call<H: Host>(
    env: *mut c_void,
    guest: *mut ffi::Opaque,
    call: *const ffi::HostCall,
) -> bool {
    let (host, call) = unsafe { (&mut *env.cast::<H>(), &*call) };
    let answer = unsafe {
        let (binding, namespace) = (text(call.binding), text(call.name_space));
        host.call(
            &binding,
            &namespace,
            &text(call.operation),
            slice(call.payload),
        )
    };
    let ok = answer.is_ok();
    let bytes = answer.unwrap_or_else(String::into_bytes);
    unsafe { ffi::w2s_wapc_reply(guest, bytes.as_ptr(), bytes.len()) && ok }
}

extern "C" fn console_log<H: Host>(env: *mut c_void, _: *mut ffi::Opaque, line: ffi::Bytes) {
    unsafe { (*env.cast::<H>()).log(&text(line)) }
}

/// The handle, or the message of what failed.
fn checked(
    call: impl FnOnce(*mut ffi::Error) -> *mut ffi::Opaque,
) -> Result<*mut ffi::Opaque, String> {
    let mut err = ffi::Error {
        kind: 0,
        message: [0; 500],
    };
    let handle = call(&mut err);
    if handle.is_null() {
        let message = unsafe { CStr::from_ptr(err.message.as_ptr()) };
        return Err(message.to_string_lossy().into_owned());
    }
    Ok(handle)
}

impl<H: Host> Guest<H> {
    pub fn load(path: &Path, host: H) -> Result<Self, String> {
        let path = CString::new(path.to_string_lossy().as_bytes()).map_err(|e| e.to_string())?;
        let module = checked(|err| unsafe { ffi::w2s_module_load(path.as_ptr(), err) })?;
        let mut guest = Guest {
            module,
            store: unsafe { ffi::w2s_store_new(null()) },
            guest: null_mut(),
            host: Box::into_raw(Box::new(host)),
        };
        guest.start()?;
        Ok(guest)
    }

    fn start(&mut self) -> Result<(), String> {
        let config = ffi::Config {
            size: std::mem::size_of::<ffi::Config>(),
            host_call: host_call::<H>,
            console_log: console_log::<H>,
            env: self.host.cast(),
            wasi: null(),
        };
        let linker = unsafe { ffi::w2s_linker_new(self.store) };
        checked(
            |err| match unsafe { ffi::w2s_linker_define_wapc(linker, &config, err) } {
                true => linker,
                false => null_mut(),
            },
        )?;
        let instance = checked(|err| unsafe {
            ffi::w2s_instance_new(self.store, self.module, linker, null_mut(), err)
        })?;
        self.guest = checked(|err| unsafe { ffi::w2s_wapc_start(instance, null_mut(), err) })?;
        Ok(())
    }

    /// The bytes that the guest answers, or the text of its error or trap.
    pub fn call(&mut self, operation: &str, payload: &[u8]) -> Result<Vec<u8>, String> {
        let operation = CString::new(operation).map_err(|e| e.to_string())?;
        let mut answer = ffi::Answer {
            ok: false,
            bytes: ffi::Bytes {
                data: null(),
                size: 0,
            },
        };
        unsafe {
            let (data, size) = (payload.as_ptr(), payload.len());
            let trap = ffi::w2s_wapc_call(self.guest, operation.as_ptr(), data, size, &mut answer);
            if !trap.is_null() {
                let message = CStr::from_ptr(ffi::w2s_trap_message(trap))
                    .to_string_lossy()
                    .into();
                ffi::w2s_trap_free(trap);
                return Err(message);
            }
            match answer.ok {
                true => Ok(slice(answer.bytes).to_vec()),
                false => Err(text(answer.bytes)),
            }
        }
    }
}

impl<H: Host> Drop for Guest<H> {
    fn drop(&mut self) {
        unsafe {
            ffi::w2s_store_free(self.store);
            ffi::w2s_module_free(self.module);
            drop(Box::from_raw(self.host));
        }
    }
}
