;; A waPC guest that misbehaves: the length of the operation's name says how. Its start functions
;; log "s", "i" and "w".
(module
  (import "wapc" "__guest_request" (func $request (param i32 i32)))
  (import "wapc" "__guest_response" (func $response (param i32 i32)))
  (import "wapc" "__guest_error" (func $error (param i32 i32)))
  (import "wapc" "__host_call"
    (func $host_call (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wapc" "__host_response_len" (func $host_response_len (result i32)))
  (import "wapc" "__host_response" (func $host_response (param i32)))
  (import "wapc" "__host_error_len" (func $host_error_len (result i32)))
  (import "wapc" "__host_error" (func $host_error (param i32)))
  (import "wapc" "__console_log" (func $log (param i32 i32)))
  (import "env" "abort" (func $abort (param i32 i32 i32 i32)))
  (import "wasi" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
  (import "wasi_unstable" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1 3)
  (global $calls (mut i32) (i32.const 0))
  (table funcref (elem $log))
  (data (i32.const 16) "siw")
  (data (i32.const 32) "\06\00\00\00n\00o\00!\00")
  (data (i32.const 48) "\ff\ff\ff\7fa\00")
  (func (export "wapc_init") (call $log (i32.const 18) (i32.const 1)))
  (func (export "_initialize") (call $log (i32.const 17) (i32.const 1)))
  (func (export "_start") (call $log (i32.const 16) (i32.const 1)) (call $exit (i32.const 0)))

  (func $ask (param $payload i32) (param $size i32) (result i32)
    (call $host_call (i32.const 16) (i32.const 1) (i32.const 17) (i32.const 1) (i32.const 18)
      (i32.const 1) (local.get $payload) (local.get $size)))

  ;; Passes on what the host answers.
  (func $relay (param $size i32) (result i32)
    (call $request (i32.const 64) (i32.const 128))
    (if (result i32) (call $ask (i32.const 128) (local.get $size))
      (then
        (call $host_response (i32.const 1024))
        (call $response (i32.const 1024) (call $host_response_len))
        (i32.const 1))
      (else
        (call $host_error (i32.const 1024))
        (call $error (i32.const 1024) (call $host_error_len))
        (i32.const 0))))

  (func (export "__guest_call") (param $how i32) (param $size i32) (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (block $16 (block $15 (block $14 (block $13 (block $12 (block $11 (block $10 (block $9 (block $8
    (block $7 (block $6 (block $5 (block $4 (block $3 (block $2 (block $1 (block $0
    (br_table $0 $1 $2 $3 $4 $5 $6 $7 $8 $9 $10 $11 $12 $13 $14 $15 $16 (local.get $how)))
    (return (i32.const 1))) ;; 0: no response
    (call $request (i32.const -1) (i32.const 0)) (return (i32.const 1)))
    (call $request (i32.const 0) (i32.const 65530)) (return (i32.const 1)))
    (call $response (i32.const 65535) (i32.const 2)) (return (i32.const 1)))
    (call $error (i32.const -1) (i32.const -1)) (return (i32.const 0)))
    (return (call $ask (i32.const 65536) (i32.const 1))))
    (call $log (i32.const 0x7fffffff) (i32.const 5)) (return (i32.const 1)))
    (return (i32.const 7))) ;; 7: neither 0 nor 1
    (return (i32.const 0))) ;; 8: an error without text
    ;; 9: nothing was asked of the host, so nothing is copied
    (call $host_response (i32.const -1)) (call $host_error (i32.const -1))
    (call $response (i32.const -1) (call $host_response_len))
    (return (i32.const 1)))
    unreachable)
    (drop (call $ask (i32.const 0) (i32.const 0)))
    (call $host_response (i32.const -1)) (return (i32.const 1)))
    (call $abort (i32.const 36) (i32.const 52) (i32.const 3) (i32.const 5)) (return (i32.const 1)))
    (call $exit (i32.const 3)) (return (i32.const 1)))
    ;; 14: through a table, and an answer in memory that is new
    (call_indirect (param i32 i32) (i32.const 16) (i32.const 1) (i32.const 0))
    (drop (memory.grow (i32.const 1)))
    (call $request (i32.const 65530) (i32.const 65536))
    (call $response (i32.const 65530) (i32.const 14)) (return (i32.const 1)))
    (return (call $relay (local.get $size))))
    ;; 16 and more: how many calls there were
    (i32.store (i32.const 256) (global.get $calls))
    (call $response (i32.const 256) (i32.const 4))
    (i32.const 1)))
