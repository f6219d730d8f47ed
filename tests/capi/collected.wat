;; Objects of wasm, in the hands of the host.
(module
  (type $point (struct (field i32)))
  (func (export "point") (param i32) (result anyref) (struct.new $point (local.get 0)))
  (func (export "x") (param anyref) (result i32)
    (struct.get $point 0 (ref.cast (ref $point) (local.get 0))))
  (func (export "concrete") (param (ref null $point)))
  (func (export "boxed") (param i32) (result externref)
    (extern.convert_any (ref.i31 (local.get 0))))
  (func (export "unbox") (param externref) (result i32)
    (i31.get_s (ref.cast (ref i31) (any.convert_extern (local.get 0))))))
