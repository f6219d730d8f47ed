(module
  (import "" "tag" (tag $tag (param i32)))
  (func (export "throw") (param i32) (throw $tag (local.get 0))))
