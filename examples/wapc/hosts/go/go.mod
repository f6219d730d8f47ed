// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A waPC host in Go over wasm2so's runtime.
module host

go 1.20

require github.com/vmihailenco/msgpack/v5 v5.4.1

require github.com/vmihailenco/tagparser/v2 v2.0.0 // indirect
