;;! inspect -d
;; Blocks, loops, branches: labels nest in the listing.
(module
  (type $two (func (param i32) (result i32 i32)))
  (func $loop (param $n i32) (result i32)
    (local $sum i32)
    (block $done
      (loop $again
        (br_if $done (i32.eqz (local.get $n)))
        (local.set $sum (i32.add (local.get $sum) (local.get $n)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $again)))
    (local.get $sum))
  (func $if (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.const 1))
      (else (i32.const 2))))
  (func $table (param i32)
    (block (block (block
      (br_table 0 1 2 0 (local.get 0))))))
  (func $multi (type $two)
    (local.get 0)
    (block (param i32) (result i32 i32)
      (i32.const 5)))
  (func $end (unreachable) (nop) (return)))
;;=
;;= control.wat:	file format wasm 0x1
;;=
;;= Code Disassembly:
;;=
;;= 000029 func[0] <loop>:
;;=  00002a: 01 7f                      | local[1] type=i32
;;=  00002c: 02 40                      | block
;;=  00002e: 03 40                      |   loop
;;=  000030: 20 00                      |     local.get 0 <n>
;;=  000032: 45                         |     i32.eqz
;;=  000033: 0d 01                      |     br_if 1
;;=  000035: 20 01                      |     local.get 1 <sum>
;;=  000037: 20 00                      |     local.get 0 <n>
;;=  000039: 6a                         |     i32.add
;;=  00003a: 21 01                      |     local.set 1 <sum>
;;=  00003c: 20 00                      |     local.get 0 <n>
;;=  00003e: 41 01                      |     i32.const 1
;;=  000040: 6b                         |     i32.sub
;;=  000041: 21 00                      |     local.set 0 <n>
;;=  000043: 0c 00                      |     br 0
;;=  000045: 0b                         |   end
;;=  000046: 0b                         | end
;;=  000047: 20 01                      | local.get 1 <sum>
;;=  000049: 0b                         | end
;;= 00004b func[1] <if>:
;;=  00004c: 20 00                      | local.get 0
;;=  00004e: 04 7f                      | if i32
;;=  000050: 41 01                      |   i32.const 1
;;=  000052: 05                         | else
;;=  000053: 41 02                      |   i32.const 2
;;=  000055: 0b                         | end
;;=  000056: 0b                         | end
;;= 000058 func[2] <table>:
;;=  000059: 02 40                      | block
;;=  00005b: 02 40                      |   block
;;=  00005d: 02 40                      |     block
;;=  00005f: 20 00                      |       local.get 0
;;=  000061: 0e 03 00 01 02 00          |       br_table 0 1 2 0
;;=  000067: 0b                         |     end
;;=  000068: 0b                         |   end
;;=  000069: 0b                         | end
;;=  00006a: 0b                         | end
;;= 00006c func[3] <multi>:
;;=  00006d: 20 00                      | local.get 0
;;=  00006f: 02 00                      | block type[0]
;;=  000071: 41 05                      |   i32.const 5
;;=  000073: 0b                         | end
;;=  000074: 0b                         | end
;;= 000076 func[4] <end>:
;;=  000077: 00                         | unreachable
;;=  000078: 01                         | nop
;;=  000079: 0f                         | return
;;=  00007a: 0b                         | end
