/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A waPC host in Rust.
 *
 *     host GUEST.so            the calls of expected.txt
 *     host GUEST.so COUNT      so many calls of check_word_exists: calls a second
 */
mod ffi;
mod wapc;

use serde::Serialize;
use std::error::Error;
use std::path::Path;
use std::time::Instant;

struct Example;

impl wapc::Host for Example {
    fn call(
        &mut self,
        binding: &str,
        namespace: &str,
        operation: &str,
        _payload: &[u8],
    ) -> Result<Vec<u8>, String> {
        if binding != "binding" {
            return Err("unknown binding".into());
        }
        rmp_serde::to_vec(&format!("{binding}/{namespace}/{operation}")).map_err(|e| e.to_string())
    }

    fn log(&mut self, text: &str) {
        eprintln!("log: {text}");
    }
}

type Guest = wapc::Guest<Example>;

#[derive(Serialize)]
struct Named<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Input<'a> {
    inp: Point<'a>,
}

#[derive(Serialize)]
struct Point<'a> {
    x: &'a str,
    y: &'a str,
}

fn request(
    guest: &mut Guest,
    operation: &str,
    payload: &impl Serialize,
) -> Result<String, Box<dyn Error>> {
    let answer = guest.call(operation, &rmp_serde::to_vec_named(payload)?)?;
    Ok(rmp_serde::from_slice(&answer)?)
}

fn print(guest: &mut Guest, operation: &str, name: &str, payload: &impl Serialize) {
    match request(guest, operation, payload) {
        Ok(answer) => println!("{operation} {name}: {answer}"),
        Err(error) => println!("{operation} {name}: error: {error}"),
    }
}

fn all_calls(guest: &mut Guest) {
    for name in ["foo", "bar", "xylophone", "milagro", "test", "testme", ""] {
        print(guest, "check_word_exists", name, &Named { name });
    }
    print(guest, "sayHello", "foo", &Named { name: "foo" });
    let inp = Point {
        x: "shashank",
        y: "test",
    };
    print(guest, "handle_input", "shashank", &Input { inp });
    print(guest, "relay", "foo", &Named { name: "foo" });
    print(guest, "fail", "foo", &Named { name: "foo" });
}

fn measure(guest: &mut Guest, count: u32) -> Result<(), Box<dyn Error>> {
    let payload = rmp_serde::to_vec_named(&Named { name: "foo" })?;
    let start = Instant::now();
    for _ in 0..count {
        guest.call("check_word_exists", &payload)?;
    }
    println!(
        "{:.0} calls/s",
        f64::from(count) / start.elapsed().as_secs_f64()
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    let path = args.get(1).ok_or("usage: host GUEST.so [COUNT]")?;
    let mut guest = Guest::load(Path::new(path), Example)?;
    match args.get(2) {
        Some(count) => measure(&mut guest, count.parse()?)?,
        None => all_calls(&mut guest),
    }
    Ok(())
}
