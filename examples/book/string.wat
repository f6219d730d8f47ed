;; A string in a memory that belongs to the host: the segment is written into it when the module is
;; instantiated, and the host is told where it stands.
(module
  (import "js" "mem" (memory 1))
  (import "example" "log" (func $log (param $offset i32) (param $length i32)))
  (data (i32.const 0) "Hello Wat")
  (func (export "logme")
    (call $log (i32.const 0) (i32.const 9))))
