;;! inspect -x -j nonsense
(module)
;;= wasm2so: no_such_section.wat: error: section not found: nonsense
;;= exit code 1
