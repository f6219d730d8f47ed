/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The other things that go over the boundary: classes, options, errors, bytes, large integers,
 * enumerations, closures in both directions, promises, objects of JavaScript's own.
 */
use js_sys::{Array, Function, Map, Object, Promise, Reflect, Uint8Array};
use std::cell::RefCell;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
#[derive(Clone, Copy, PartialEq)]
pub enum Direction {
    Up,
    Down = 7,
}

/// A class: its objects live in the guest.
#[wasm_bindgen]
pub struct Counter {
    value: i32,
    #[wasm_bindgen(getter_with_clone)]
    pub name: String,
}

#[wasm_bindgen]
impl Counter {
    #[wasm_bindgen(constructor)]
    pub fn new(name: String) -> Counter {
        Counter { value: 0, name }
    }

    pub fn step(&mut self, direction: Direction) -> i32 {
        self.value += if direction == Direction::Up { 1 } else { -1 };
        self.value
    }

    #[wasm_bindgen(getter)]
    pub fn value(&self) -> i32 {
        self.value
    }

    #[wasm_bindgen(setter)]
    pub fn set_value(&mut self, value: i32) {
        self.value = value;
    }

    /// Takes the other one.
    pub fn merge(self, other: Counter) -> Counter {
        Counter { value: self.value + other.value, name: self.name + "+" + &other.name }
    }
}

#[wasm_bindgen]
pub fn half(number: Option<u32>) -> Option<u32> {
    number.filter(|n| n % 2 == 0).map(|n| n / 2)
}

#[wasm_bindgen]
pub fn shout(text: Option<String>) -> Option<String> {
    text.map(|text| text.to_uppercase())
}

#[wasm_bindgen]
pub fn divide(a: f64, b: f64) -> Result<f64, JsError> {
    if b == 0.0 { Err(JsError::new("division by zero")) } else { Ok(a / b) }
}

#[wasm_bindgen]
pub fn parse(text: &str) -> Result<String, JsValue> {
    let number: i64 = text.parse().map_err(|error| JsValue::from(format!("{text:?}: {error}")))?;
    Ok(format!("{number:x}"))
}

#[wasm_bindgen]
pub fn reversed(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.reverse();
    bytes
}

/// The caller sees the change.
#[wasm_bindgen]
pub fn double(numbers: &mut [f64]) {
    numbers.iter_mut().for_each(|n| *n *= 2.0);
}

#[wasm_bindgen]
pub fn words(text: &str) -> Vec<String> {
    text.split(' ').map(String::from).collect()
}

#[wasm_bindgen]
pub fn negative(number: i64) -> i64 {
    number.wrapping_neg()
}

#[wasm_bindgen]
pub fn wide(number: u128) -> u128 {
    number * 3
}

#[wasm_bindgen]
pub fn not(truth: bool) -> bool {
    !truth
}

#[wasm_bindgen]
pub fn initial(text: &str) -> Option<char> {
    text.chars().next()
}

/// Calls a function of JavaScript's; what it throws goes through.
#[wasm_bindgen]
pub fn each(values: Vec<i32>, action: &Function) -> Result<Array, JsValue> {
    values.into_iter().map(|n| action.call1(&JsValue::NULL, &n.into())).collect()
}

thread_local! { static KEPT: RefCell<Option<JsValue>> = RefCell::default(); }

/// Keeps any value, and gives back the one kept before.
#[wasm_bindgen]
pub fn swap(value: JsValue) -> JsValue {
    KEPT.with(|kept| kept.replace(Some(value))).unwrap_or(JsValue::UNDEFINED)
}

/// A function of the guest's that JavaScript can keep and call.
#[wasm_bindgen]
pub fn adder(by: i32) -> JsValue {
    let mut sum = 0;
    Closure::wrap(Box::new(move |n: i32| {
        sum += n + by;
        sum
    }) as Box<dyn FnMut(i32) -> i32>)
    .into_js_value()
}

#[wasm_bindgen]
pub fn describe(value: &JsValue) -> String {
    if value.is_undefined() {
        return "undefined".into();
    }
    if let Some(bytes) = value.dyn_ref::<Uint8Array>() {
        return format!("{} bytes: {:?}", bytes.length(), bytes.to_vec());
    }
    if let Some(number) = value.as_f64() {
        return format!("number {number}");
    }
    if let Some(map) = value.dyn_ref::<Map>() {
        return format!("map of {}", map.size());
    }
    format!("{:?}", value)
}

#[wasm_bindgen]
pub fn object(keys: Vec<String>) -> Result<Object, JsValue> {
    let object = Object::new();
    for (i, key) in keys.iter().enumerate() {
        Reflect::set(&object, &key.into(), &(i as u32).into())?;
    }
    Ok(object)
}

/// Waits for a promise; the promise that it returns is kept, or broken like the other.
#[wasm_bindgen]
pub async fn later(promise: Promise) -> Result<JsValue, JsValue> {
    let value = JsFuture::from(promise).await?;
    Ok(format!("then {}", value.as_string().unwrap_or_default()).into())
}

#[wasm_bindgen]
pub fn crash() {
    let none: Option<u32> = None;
    none.expect("asked to crash");
}
