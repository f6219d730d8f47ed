// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The peer of `wasm2so serve` for ../run.py: hyper's HTTP server over wasmtime, as its manual says to
// start fast: the module compiled before, imports resolved once (InstancePre), instances from the pooling
// allocator. Each request gets a store and an instance of its own and a time limit, by epochs. The waPC
// protocol and the MessagePack of one pair are done here.
//   usage: serve-wasmtime GUEST.wasm PORT
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{convert::Infallible, error::Error, sync::Arc, thread, time::Duration};
use wasmtime::{
    Caller, Config, Engine, Extern, InstanceAllocationStrategy, InstancePre, Linker, Memory, Module,
    PoolingAllocationConfig, Result, Store, bail,
};

const OPERATION: &[u8] = b"check_word_exists";
const TICK: Duration = Duration::from_millis(100);
const LIMIT_TICKS: u64 = 100;
const KEPT: usize = 64 * 1024; // bytes of a memory that are cleared instead of given back

struct Call {
    payload: Vec<u8>,
    answer: Vec<u8>,
    error: String,
}

struct Guest {
    engine: Engine,
    pre: InstancePre<Call>,
}

fn memory(caller: &mut Caller<'_, Call>) -> Result<Memory> {
    match caller.get_export("memory") {
        Some(Extern::Memory(memory)) => Ok(memory),
        _ => bail!("no memory"),
    }
}

fn bytes_at(caller: &mut Caller<'_, Call>, at: i32, size: i32) -> Result<Vec<u8>> {
    let (start, size) = (at as u32 as usize, size as u32 as usize);
    match memory(caller)?.data(&*caller).get(start..start.saturating_add(size)) {
        Some(bytes) => Ok(bytes.to_vec()),
        None => bail!("out of bounds"),
    }
}

fn define(linker: &mut Linker<Call>) -> Result<()> {
    linker.func_wrap("wapc", "__guest_request", |mut caller: Caller<'_, Call>, operation: i32, payload: i32| {
        let memory = memory(&mut caller)?;
        let (data, call) = memory.data_and_store_mut(&mut caller);
        for (at, bytes) in [(operation, OPERATION), (payload, call.payload.as_slice())] {
            let start = at as u32 as usize;
            match data.get_mut(start..start.saturating_add(bytes.len())) {
                Some(room) => room.copy_from_slice(bytes),
                None => bail!("out of bounds"),
            }
        }
        Ok(())
    })?;
    linker.func_wrap("wapc", "__guest_response", |mut caller: Caller<'_, Call>, at: i32, size: i32| {
        caller.data_mut().answer = bytes_at(&mut caller, at, size)?;
        Ok(())
    })?;
    linker.func_wrap("wapc", "__guest_error", |mut caller: Caller<'_, Call>, at: i32, size: i32| {
        caller.data_mut().error = String::from_utf8_lossy(&bytes_at(&mut caller, at, size)?).into();
        Ok(())
    })?;
    linker.func_wrap("wapc", "__console_log", |_: i32, _: i32| ())?;
    Ok(())
}

impl Guest {
    fn load(path: &str) -> Result<Guest> {
        let mut pool = PoolingAllocationConfig::default();
        pool.linear_memory_keep_resident(KEPT).table_keep_resident(KEPT);
        let mut config = Config::new();
        config.epoch_interruption(true);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        let engine = Engine::new(&config)?;
        let mut linker = Linker::new(&engine);
        define(&mut linker)?;
        let pre = linker.instantiate_pre(&Module::from_file(&engine, path)?)?;
        Ok(Guest { engine, pre })
    }

    fn call(&self, payload: Vec<u8>) -> Result<Vec<u8>> {
        let size = payload.len() as i32;
        let mut store = Store::new(&self.engine, Call { payload, answer: Vec::new(), error: String::new() });
        store.set_epoch_deadline(LIMIT_TICKS);
        let instance = self.pre.instantiate(&mut store)?;
        let entry = instance.get_typed_func::<(i32, i32), i32>(&mut store, "__guest_call")?;
        if entry.call(&mut store, (OPERATION.len() as i32, size))? != 1 {
            bail!("{}", store.data().error);
        }
        Ok(store.into_data().answer)
    }
}

// The map {NAME: VALUE} of a short NAME=VALUE; the text of a short string.
fn payload_of(form: &[u8]) -> Option<Vec<u8>> {
    let middle = form.iter().position(|&byte| byte == b'=')?;
    let mut payload = vec![0x81];
    for part in [&form[..middle], &form[middle + 1..]] {
        payload.push(0xa0 | u8::try_from(part.len()).ok().filter(|&size| size < 32)?);
        payload.extend(part);
    }
    Some(payload)
}

fn text_of(answer: Vec<u8>) -> Bytes {
    let short = answer.first().is_some_and(|&byte| usize::from(byte) == 0xa0 + answer.len() - 1);
    Bytes::from(answer).slice(usize::from(short)..)
}

async fn answer(guest: Arc<Guest>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let body = request.into_body().collect().await?.to_bytes();
    let (status, text) = match payload_of(&body).map(|payload| guest.call(payload)) {
        None => (StatusCode::BAD_REQUEST, "no NAME=VALUE".into()),
        Some(Ok(answer)) => (StatusCode::OK, text_of(answer)),
        Some(Err(error)) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string().into()),
    };
    let mut response = Response::new(Full::new(text));
    *response.status_mut() = status;
    Ok(response)
}

async fn serve(guest: Arc<Guest>, port: u16) -> Result<Infallible, Box<dyn Error>> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let guest = guest.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(guest.clone(), request));
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, path, port] = args.as_slice() else {
        return Err("usage: serve-wasmtime GUEST.wasm PORT".into());
    };
    let guest = Arc::new(Guest::load(path)?);
    let engine = guest.engine.clone();
    thread::spawn(move || loop {
        thread::sleep(TICK);
        engine.increment_epoch();
    });
    let Err(error) = tokio::runtime::Runtime::new()?.block_on(serve(guest, port.parse()?));
    Err(error)
}
