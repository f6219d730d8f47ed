// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A filter for Envoy that says hello to the service behind it: each request gets a header x-hello
// with the host that the client asked for.
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType, LogLevel};

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Info);
    proxy_wasm::set_root_context(|_| Box::new(Root));
}}

struct Root;

impl Context for Root {}

impl RootContext for Root {
    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }

    fn create_http_context(&self, context_id: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Hello { context_id }))
    }
}

struct Hello {
    context_id: u32,
}

impl Context for Hello {}

impl HttpContext for Hello {
    fn on_http_request_headers(&mut self, count: usize, _end_of_stream: bool) -> Action {
        log::info!("Got {} HTTP headers in #{}.", count, self.context_id);
        let headers = self.get_http_request_headers();
        if let Some((_, authority)) = headers.iter().find(|(name, _)| name == ":authority") {
            let hello = format!("Hello world from {}", authority);
            self.set_http_request_header("x-hello", Some(&hello));
        }
        Action::Continue
    }
}
