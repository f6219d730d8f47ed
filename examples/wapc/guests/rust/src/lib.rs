/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A waPC guest in Rust: a cuckoo filter of four words, a greeting, a structure inside a structure, a
 * call to the host, an error. All payloads and answers are MessagePack.
 */
use cuckoofilter::CuckooFilter;
use serde::{de::DeserializeOwned, Deserialize};
use std::collections::hash_map::DefaultHasher;
use wapc_guest::{console_log, host_call, register_function, CallResult};

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct Input {
    inp: Point,
}

#[derive(Deserialize)]
struct Point {
    x: String,
    #[allow(dead_code)] // part of the type, not of the answer
    y: String,
}

#[no_mangle]
pub extern "C" fn wapc_init() {
    register_function("sayHello", say_hello);
    register_function("check_word_exists", check_word_exists);
    register_function("handle_input", handle_input);
    register_function("relay", relay);
    register_function("fail", fail);
}

fn decode<T: DeserializeOwned>(payload: &[u8]) -> Result<T, rmp_serde::decode::Error> {
    rmp_serde::from_slice(payload)
}

fn answer(text: &str) -> CallResult {
    Ok(rmp_serde::to_vec(text)?)
}

fn say_hello(payload: &[u8]) -> CallResult {
    let named: Named = decode(payload)?;
    console_log("sayHello was called");
    answer(&format!("Hello, {}!", named.name))
}

fn check_word_exists(payload: &[u8]) -> CallResult {
    let named: Named = decode(payload)?;
    let mut filter = CuckooFilter::<DefaultHasher>::with_capacity(1024);
    for word in ["foo", "bar", "xylophone", "milagro"] {
        filter.add(word)?;
    }
    answer(if filter.contains(named.name.as_str()) {
        "true"
    } else {
        "false"
    })
}

fn handle_input(payload: &[u8]) -> CallResult {
    let input: Input = decode(payload)?;
    answer(&input.inp.x)
}

fn relay(payload: &[u8]) -> CallResult {
    host_call("binding", "namespace", "operation", payload)
}

fn fail(_payload: &[u8]) -> CallResult {
    Err("asked to fail".into())
}
