;; A memory of one page that may grow to four.
(module
  (memory (export "memory") 1 4)
  (func (export "size") (result i32)
    memory.size)
  (func (export "grow") (param $pages i32) (result i32)
    (memory.grow (local.get $pages))))
