/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Strings in, strings out through alert, structures as values of JavaScript, a cuckoo filter.
 */
#[cfg(feature = "modern")]
mod boundary;

use cuckoofilter::CuckooFilter;
#[cfg(feature = "modern")]
use gloo_utils::format::JsValueSerdeExt;
use serde::{Deserialize, Serialize};
use std::collections::hash_map::DefaultHasher;
use std::collections::HashMap;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    fn alert(text: &str);
}

#[derive(Serialize, Deserialize)]
struct Person {
    field1: HashMap<u32, String>,
    field2: Vec<Vec<f32>>,
    field3: String,
}

#[wasm_bindgen(js_name = greetMe)]
pub fn greet_me(name: &str) {
    alert(&format!("Greetings, {name}!"));
}

#[wasm_bindgen]
pub fn hello(name: &str) {
    alert(&format!("Hello, {name}!"));
}

#[wasm_bindgen]
pub fn send_person_to_js() -> JsValue {
    let person = Person {
        field1: HashMap::from([(0, "ex".into())]),
        field2: vec![vec![1.0, 2.0], vec![3.0, 4.0]],
        field3: "shashank".into(),
    };
    JsValue::from_serde(&person).unwrap_throw()
}

#[wasm_bindgen]
pub fn receive_person_from_js(value: &JsValue) {
    let person: Person = value.into_serde().unwrap_throw();
    alert(&format!("{} {} {}", person.field3, person.field1.len(), person.field2.len()));
}

#[wasm_bindgen]
pub fn check_word_exists(word: &str) -> JsValue {
    let mut filter = CuckooFilter::<DefaultHasher>::with_capacity(1024);
    for known in ["foo", "bar", "xylophone", "milagro"] {
        filter.add(known).unwrap_throw();
    }
    JsValue::from_serde(&filter.contains(word)).unwrap_throw()
}
