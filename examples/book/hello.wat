;; One function without parameters that returns a constant.
(module
  (func $hello (result i32)
    i32.const 100)
  (export "hellowat2wasm" (func $hello)))
