/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Where the runtime is: the folder of libwasm2so_rt.so, in WASM2SO_LIB.
 */
fn main() {
    println!("cargo:rerun-if-env-changed=WASM2SO_LIB");
    if let Ok(folder) = std::env::var("WASM2SO_LIB") {
        println!("cargo:rustc-link-search={folder}");
        println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}");
    }
    println!("cargo:rustc-link-lib=wasm2so_rt");
}
