;;! inspect -h -x
;; One import and export of each kind, a start function.
(module $named
  (import "env" "log" (func $log (param i32 i64 f32 f64)))
  (import "env" "table" (table 1 funcref))
  (import "env" "memory" (memory 1 2))
  (import "env" "base" (global $base i32))
  (global $counter (mut i64) (i64.const 41))
  (func $start (call $log (global.get $base) (i64.const 2) (f32.const 3) (f64.const 4)))
  (export "log again" (func $log))
  (export "counter" (global $counter))
  (export "\e2\82\ac" (memory 0))
  (start $start))
;;=
;;= imports.wat:	file format wasm 0x1
;;= module name: <named>
;;=
;;= Sections:
;;=
;;=      Type start=0x0000000a end=0x00000015 (size=0x0000000b) count: 2
;;=    Import start=0x00000017 end=0x0000004b (size=0x00000034) count: 4
;;=  Function start=0x0000004d end=0x0000004f (size=0x00000002) count: 1
;;=    Global start=0x00000051 end=0x00000057 (size=0x00000006) count: 1
;;=    Export start=0x00000059 end=0x00000076 (size=0x0000001d) count: 3
;;=     Start start=0x00000078 end=0x00000079 (size=0x00000001) start: 1
;;=      Code start=0x0000007b end=0x00000093 (size=0x00000018) count: 1
;;=    Custom start=0x00000095 end=0x000000c3 (size=0x0000002e) "name"
;;=
;;= Section Details:
;;=
;;= Type[2]:
;;=  - type[0] (i32, i64, f32, f64) -> nil
;;=  - type[1] () -> nil
;;= Import[4]:
;;=  - func[0] sig=0 <log> <- env.log
;;=  - table[0] type=funcref initial=1 <- env.table
;;=  - memory[0] pages: initial=1 max=2 <- env.memory
;;=  - global[0] i32 mutable=0 <- env.base
;;= Function[1]:
;;=  - func[1] sig=1 <start>
;;= Global[1]:
;;=  - global[1] i64 mutable=1 <counter> - init i64=41
;;= Export[3]:
;;=  - func[0] <log> -> "log again"
;;=  - global[1] -> "counter"
;;=  - memory[0] -> "€"
;;= Start:
;;=  - start function: 1 <start>
;;= Code[1]:
;;=  - func[1] size=22 <start>
;;= Custom:
;;=  - name: "name"
;;=  - module <named>
;;=  - func[0] <log>
;;=  - func[1] <start>
;;=  - global[0] <base>
;;=  - global[1] <counter>
