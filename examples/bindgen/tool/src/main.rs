/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * bindgen-tool MODULE.wasm FOLDER: writes NAME_bg.wasm, and glue for Node, into FOLDER.
 */
use wasm_bindgen_cli_support::Bindgen;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let [_, module, folder] = args.as_slice() else {
        eprintln!("usage: bindgen-tool MODULE.wasm FOLDER");
        std::process::exit(2);
    };
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module);
    let done = bindgen.nodejs(true).and_then(|b| b.typescript(false).generate(folder));
    if let Err(error) = done {
        eprintln!("bindgen-tool: {error:?}");
        std::process::exit(1);
    }
}
