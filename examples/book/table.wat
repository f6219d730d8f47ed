;; Functions called by their index in a table. An index outside is a trap.
(module
  (type $binary (func (param i32 i32) (result i32)))
  (table 3 funcref)
  (elem (i32.const 0) $add $subtract $multiply)
  (func $add (type $binary)
    (i32.add (local.get 0) (local.get 1)))
  (func $subtract (type $binary)
    (i32.sub (local.get 0) (local.get 1)))
  (func $multiply (type $binary)
    (i32.mul (local.get 0) (local.get 1)))
  (func (export "callByIndex") (param $index i32) (param $a i32) (param $b i32) (result i32)
    (call_indirect (type $binary)
      (local.get $a) (local.get $b) (local.get $index))))
