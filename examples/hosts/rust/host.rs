// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A host in Rust, with the binding in wasm2so.rs.   usage: host LIBGUEST.SO [--bench]
mod wasm2so;

use std::panic::catch_unwind;
use std::time::{Duration, Instant};
use wasm2so::{Error, Guest, Import, Instance, Module, Pool, Raw, Value, F64, I32, I64};

// ---- what the guest exports ----

#[repr(C)]
#[derive(Default)]
struct Two {
    r0: i32,
    r1: i32,
}

#[link(name = "guest")]
extern "C" {
    fn guest_add(guest: Raw, a: i32, b: i32) -> i32;
    fn guest_next(guest: Raw, n: i64) -> i64;
    fn guest_mean(guest: Raw, a: f32, b: f64) -> f64;
    fn guest_divmod(guest: Raw, a: i32, b: i32, results: *mut Two);
    fn guest_buffer(guest: Raw) -> i32;
    fn guest_greet(guest: Raw, name: i32, size: i32, results: *mut Two);
    fn guest_total(guest: Raw, item: i64, count: i32) -> f64;
    fn guest_peek(guest: Raw, address: i32) -> i32;
    fn guest_depth(guest: Raw, n: i32) -> i32;
    fn guest_fail(guest: Raw);
    fn guest_spin(guest: Raw);
    fn guest_count(guest: Raw) -> i32;
}

#[link(name = "calc")]
extern "C" {
    fn calc_add(instance: Raw, a: i32, b: i32) -> i32;
}

fn add(guest: &Instance, a: i32, b: i32) -> Result<i32, Error> {
    guest.call(|g| unsafe { guest_add(g, a, b) })
}

fn divmod(guest: &Instance, a: i32, b: i32) -> Result<Two, Error> {
    let mut both = Two::default();
    guest.call(|g| unsafe { guest_divmod(g, a, b, &mut both) })?;
    Ok(both)
}

fn greet(guest: &Instance, name: &str) -> Result<String, Error> {
    let mut text = Two::default();
    let buffer = guest.call(|g| unsafe { guest_buffer(g) })?;
    guest.write(buffer, name.as_bytes())?;
    guest.call(|g| unsafe { guest_greet(g, buffer, name.len() as i32, &mut text) })?;
    guest.read(text.r0, text.r1)
}

fn total(guest: &Instance, item: i64, count: i32) -> Result<f64, Error> {
    guest.call(|g| unsafe { guest_total(g, item, count) })
}

// ---- what it imports ----

fn log(caller: &Instance, args: &[Value]) -> Result<Option<Value>, String> {
    let (address, size) = unsafe { (args[0].i32, args[1].i32) };
    println!(
        "log: {}",
        caller
            .read(address, size)
            .map_err(|error| error.to_string())?
    );
    Ok(None)
}

fn price(_: &Instance, args: &[Value]) -> Result<Option<Value>, String> {
    match unsafe { args[0].i64 } {
        7 => Ok(Some(Value { f64: 2.5 })),
        13 => std::panic::resume_unwind(Box::new("a bug in the price list")), // as panic!, but silent
        item => Err(format!("no price for item {item}")),
    }
}

static IMPORTS: &[Import] = &[
    Import {
        module: c"host",
        name: c"log",
        params: &[I32, I32],
        results: &[],
        call: log,
    },
    Import {
        module: c"host",
        name: c"price",
        params: &[I64],
        results: &[F64],
        call: price,
    },
];

// ---- calls ----

fn show_values(guest: &Instance) -> Result<(), Error> {
    println!("add(34, 76) = {}", add(guest, 34, 76)?);
    println!(
        "next(9007199254740993) = {}",
        guest.call(|g| unsafe { guest_next(g, 9007199254740993) })?
    );
    println!(
        "mean(1.5, 4) = {}",
        guest.call(|g| unsafe { guest_mean(g, 1.5, 4.0) })?
    );
    let both = divmod(guest, 17, 5)?;
    println!("divmod(17, 5) = {}, {}", both.r0, both.r1);
    println!("greet: {}", greet(guest, "world")?);
    Ok(())
}

fn show_host_error(guest: &Instance) -> Result<(), Error> {
    println!("total(7, 3) = {}", total(guest, 7, 3)?);
    if let Err(Error::Host(text)) = total(guest, -1, 3) {
        println!("error: {text}");
    }
    let panic = catch_unwind(std::panic::AssertUnwindSafe(|| total(guest, 13, 3)));
    assert!(
        panic.is_err_and(|what| what.is::<&str>()),
        "a panic comes through"
    );
    Ok(())
}

fn show_trap<T>(result: Result<T, Error>) {
    if let Err(Error::Trap(text)) = result {
        println!("trap: {text}");
    }
}

fn show_traps(guest: &Instance) {
    show_trap(divmod(guest, 1, 0));
    show_trap(guest.call(|g| unsafe { guest_peek(g, -4) }));
    show_trap(guest.call(|g| unsafe { guest_depth(g, i32::MAX) }));
    show_trap(guest.call(|g| unsafe { guest_fail(g) }));
}

fn show_deadline(guest: &Instance) -> Result<(), Error> {
    guest.set_deadline(Duration::from_millis(10))?;
    show_trap(guest.call(|g| unsafe { guest_spin(g) }));
    guest.resume();
    println!("add(1, 2) = {}", add(guest, 1, 2)?);
    Ok(())
}

fn show_pool(module: &Module) -> Result<(), Error> {
    let pool = Pool::new(module, &IMPORTS, 10)?;
    print!("requests:");
    for _ in 0..3 {
        print!(
            " {}",
            pool.request(|guest| guest.call(|g| unsafe { guest_count(g) }))??
        );
    }
    print!("\nthreads:");
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    pool.request(|guest| {
                        assert!(guest.call(|g| unsafe { guest_peek(g, -4) }).is_err());
                        add(guest, 34, 76)
                    })
                })
            })
            .collect();
        for thread in threads {
            print!(" {}", thread.join().unwrap()??);
        }
        println!();
        Ok(())
    })
}

fn bench(guest: &Instance) -> Result<(), Error> {
    const CALLS: i32 = 50_000_000;
    let start = Instant::now();
    let mut sum = 0;
    for _ in 0..CALLS {
        sum = add(guest, sum, 1)?;
    }
    println!(
        "rust: {:.1} million calls a second",
        sum as f64 / start.elapsed().as_secs_f64() / 1e6
    );
    Ok(())
}

fn run(args: &[String]) -> Result<(), Error> {
    let module = Module::load(&args[1])?;
    let guest = Guest::new(&module, IMPORTS)?;
    let instance = &guest.instance;
    if args.get(2).is_some_and(|option| option == "--bench") {
        return bench(instance);
    }
    show_values(instance)?;
    show_host_error(instance)?;
    show_traps(instance);
    show_deadline(instance)?;
    println!("without an instance: {}", unsafe {
        calc_add(std::ptr::null_mut(), 34, 76)
    }); // imports nothing
    show_pool(&module)
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let Err(error) = run(&args) {
        eprintln!("host: {error}");
        std::process::exit(1);
    }
}
