// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An HTTP server in Rust over a waPC guest in a .so.   server GUEST.so OPERATION [PORT]
mod wapc;

use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::io::Read;
use std::sync::Arc;
use std::{env, process, thread};

use tiny_http::{Request, Response, Server};

const THREADS: usize = 4;
const MAX_BODY: u64 = 65536;

/// What is wrong, and whose fault it is.
struct Failure(u16, String);

fn bad(why: impl ToString) -> Failure {
    Failure(400, why.to_string())
}

/// The MessagePack of a body NAME=VALUE, or of ?key=JSON.
fn payload(url: &str, body: &str) -> Result<Vec<u8>, Failure> {
    if !body.is_empty() {
        if !body.contains('=') {
            return Err(bad("a body has the form NAME=VALUE"));
        }
        let pairs: BTreeMap<_, _> = form_urlencoded::parse(body.trim().as_bytes()).collect();
        return rmp_serde::to_vec(&pairs).map_err(bad);
    }
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let (_, key) = form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "key")
        .ok_or_else(|| bad("neither NAME=VALUE nor ?key=JSON"))?;
    let value: serde_json::Value = serde_json::from_str(&key).map_err(bad)?;
    rmp_serde::to_vec(&value).map_err(bad)
}

fn answer(
    request: &mut Request,
    guests: &wapc::Guests,
    operation: &CStr,
) -> Result<String, Failure> {
    if request.url() == "/healthz" {
        return Ok("ok\n".into());
    }
    let mut body = String::new();
    request
        .as_reader()
        .take(MAX_BODY)
        .read_to_string(&mut body)
        .map_err(bad)?;
    let payload = payload(request.url(), &body)?;
    let answer = guests
        .call(operation, &payload)
        .map_err(|why| Failure(500, why))?;
    rmp_serde::from_slice(&answer).map_err(|why| Failure(500, why.to_string()))
}

fn serve(server: &Server, guests: &wapc::Guests, operation: &CStr) {
    for mut request in server.incoming_requests() {
        let (status, text) = match answer(&mut request, guests, operation) {
            Ok(text) => (200, text),
            Err(Failure(status, why)) => (status, why + "\n"),
        };
        // Where the client is gone there is nobody to tell.
        let _ = request.respond(Response::from_string(text).with_status_code(status));
    }
}

fn main() {
    let args: Vec<String> = env::args().collect();
    if args.len() < 3 {
        eprintln!("usage: server GUEST.so OPERATION [PORT]");
        process::exit(2);
    }
    let port = args.get(3).map_or("8080", String::as_str);
    let guests = Arc::new(wapc::Guests::load(&args[1], THREADS, 5000).expect("the guest"));
    let operation = CString::new(args[2].as_str()).expect("an operation without NUL");
    let server = Arc::new(Server::http(format!("0.0.0.0:{port}")).expect("a port"));
    eprintln!("on port {port}");
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let (server, guests, operation) = (server.clone(), guests.clone(), operation.clone());
            thread::spawn(move || serve(&server, &guests, &operation))
        })
        .collect();
    for thread in threads {
        thread.join().expect("a server thread");
    }
}
