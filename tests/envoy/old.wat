;; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
;;
;; A filter of proxy-wasm's ABI 0.1.0, as a command: _start exits, handlers take fewer parameters,
;; and a header that is missing is an empty text. Tells its configuration and what the calls answer.
(module
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (import "env" "proxy_get_configuration" (func $configuration (param i32 i32) (result i32)))
  (import "env" "proxy_get_header_map_value"
    (func $get (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_continue_request" (func $continue (result i32)))
  (import "env" "proxy_clear_route_cache" (func $clear (result i32)))
  (import "wasi_unstable" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "x-missing?started")
  (global $started (mut i32) (i32.const 0))
  (func (export "proxy_abi_version_0_1_0"))
  (func (export "_start") (global.set $started (i32.const 1)) (call $exit (i32.const 0)))
  (func (export "malloc") (param i32) (result i32) (i32.const 1024))
  ;; The digit of a status.
  (func $tell (param $status i32)
    (i32.store8 (i32.const 80) (i32.add (local.get $status) (i32.const 48)))
    (drop (call $log (i32.const 2) (i32.const 80) (i32.const 1))))
  (func (export "proxy_on_configure") (param i32 i32) (result i32)
    (drop (call $configuration (i32.const 0) (i32.const 4)))
    (drop (call $log (i32.const 2) (i32.load (i32.const 0)) (i32.load (i32.const 4))))
    (global.get $started))
  (func (export "proxy_on_request_headers") (param i32 i32) (result i32)
    (call $tell (call $get (i32.const 0) (i32.const 64) (i32.const 9) (i32.const 0) (i32.const 4)))
    (call $tell (i32.load (i32.const 4)))
    (call $tell (call $clear))
    (call $tell (call $continue))
    (i32.const 1))) ;; a pause, but it is to go on
