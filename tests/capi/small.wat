;; Little of each: instances of it are made by the thousand.
(module
  (import "" "report" (func $report (param i32)))
  (import "" "id" (global $id i32))
  (func (export "run") (call $report (global.get $id))))
