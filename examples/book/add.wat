;; Two parameters from the stack; i32 arithmetic wraps.
(module
  (func (export "add") (param $a i32) (param $b i32) (result i32)
    local.get $a
    local.get $b
    i32.add))
