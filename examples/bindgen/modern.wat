;; A guest with the ABI of wasm-bindgen 0.2.130, by hand: values are references.
(module
  (import "./guest_bg.js" "__wbg_alert_0123456789abcdef" (func $alert (param i32 i32)))
  (import "./guest_bg.js" "__wbg_parse_0123456789abcdef"
    (func $json_parse (param i32 i32) (result externref)))
  (import "./guest_bg.js" "__wbg_stringify_0123456789abcdef"
    (func $stringify (param externref) (result externref)))
  (import "./guest_bg.js" "__wbg___wbindgen_string_get_0123456789abcdef"
    (func $string_get (param i32 externref)))
  (import "./guest_bg.js" "__wbg___wbindgen_throw_0123456789abcdef" (func $throw (param i32 i32)))
  (import "./guest_bg.js" "__wbindgen_init_externref_table" (func $init))
  (export "__wbindgen_start" (func $init))
  (table $references (export "__wbindgen_externrefs") 1024 externref)
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 2048))
  (data (i32.const 64) "Greetings, Hello, !")
  (data (i32.const 128) "{\22field1\22:{\220\22:\22ex\22},\22field2\22:[[1.0,2.0],[3.0,4.0]],")
  (data (i32.const 180) "\22field3\22:\22shashank\22}truefalsenot a person")
  (data (i32.const 256) "\03foo\03bar\09xylophone\07milagro\00")

  (func $malloc (export "__wbindgen_malloc") (param $size i32) (param $align i32) (result i32)
    (global.get $free)
    (global.set $free (i32.add (global.get $free) (local.get $size))))
  (func (export "__wbindgen_free") (param $at i32) (param $size i32) (param $align i32)
    (if (i32.eq (i32.add (local.get $at) (local.get $size)) (global.get $free))
      (then (global.set $free (local.get $at)))))

  ;; The host frees the text.
  (func $parse (param $text i32) (param $size i32) (result externref)
    (local $copy i32)
    (local.set $copy (call $malloc (local.get $size) (i32.const 1)))
    (memory.copy (local.get $copy) (local.get $text) (local.get $size))
    (call $json_parse (local.get $copy) (local.get $size)))

  ;; Alerts $count bytes at $words, the name, and "!".
  (func $greet (param $words i32) (param $count i32) (param $name i32) (param $size i32)
    (memory.copy (i32.const 1024) (local.get $words) (local.get $count))
    (memory.copy (i32.add (i32.const 1024) (local.get $count)) (local.get $name) (local.get $size))
    (local.set $count (i32.add (local.get $count) (local.get $size)))
    (i32.store8 offset=1024 (local.get $count) (i32.const 33))
    (call $alert (i32.const 1024) (i32.add (local.get $count) (i32.const 1)))
    (global.set $free (i32.const 2048)))
  (func (export "greetMe") (param i32 i32)
    (call $greet (i32.const 64) (i32.const 11) (local.get 0) (local.get 1)))
  (func (export "hello") (param i32 i32)
    (call $greet (i32.const 75) (i32.const 7) (local.get 0) (local.get 1)))

  (func (export "send_person_to_js") (result externref) (call $parse (i32.const 128) (i32.const 72)))

  ;; Alerts the text of an object; throws anything else.
  (func (export "receive_person_from_js") (param $value externref)
    (call $string_get (i32.const 16) (call $stringify (local.get $value)))
    (if (i32.ne (i32.load8_u (i32.load (i32.const 16))) (i32.const 123))
      (then (call $throw (i32.const 209) (i32.const 12))))
    (call $alert (i32.load (i32.const 16)) (i32.load (i32.const 20))))

  (func $same (param $a i32) (param $b i32) (param $size i32) (result i32)
    (loop $next (result i32)
      (if (i32.eqz (local.get $size)) (then (return (i32.const 1))))
      (local.set $size (i32.sub (local.get $size) (i32.const 1)))
      (br_if $next (i32.eq (i32.load8_u (i32.add (local.get $a) (local.get $size)))
        (i32.load8_u (i32.add (local.get $b) (local.get $size)))))
      (i32.const 0)))
  (func (export "check_word_exists") (param $word i32) (param $size i32) (result externref)
    (local $known i32) (local $count i32)
    (local.set $known (i32.const 256))
    (loop $next
      (local.set $count (i32.load8_u (local.get $known)))
      (local.set $known (i32.add (local.get $known) (i32.const 1)))
      (if (i32.eqz (local.get $count)) (then (return (call $parse (i32.const 204) (i32.const 5)))))
      (if (i32.eq (local.get $count) (local.get $size))
        (then (if (call $same (local.get $word) (local.get $known) (local.get $size))
          (then (return (call $parse (i32.const 200) (i32.const 4)))))))
      (local.set $known (i32.add (local.get $known) (local.get $count)))
      (br $next))
    unreachable))
