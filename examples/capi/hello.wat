;; Calls a function of the host.
(module
  (import "" "hello" (func $hello))
  (func (export "run") (call $hello)))
