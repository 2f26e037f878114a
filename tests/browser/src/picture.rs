//! What is seen of pictures, for JavaScript.

use super::chain;
use heliograph_client::media::image::{preview, probe};
use serde_json::json;
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

/// Tells what a file is, as JSON.
#[wasm_bindgen(js_name = probe)]
pub fn probed(bytes: &[u8]) -> String {
    let probed = probe(bytes);
    json!({"mime": probed.mime, "kind": probed.kind, "dimensions": probed.dimensions}).to_string()
}

/// Makes a small picture, as JSON.
#[wasm_bindgen(js_name = preview)]
pub fn previewed(bytes: &[u8], side: u32) -> Result<String, JsError> {
    let picture = preview(bytes, side).map_err(|error| chain(&error))?;
    let (width, height, rgba) = (picture.width, picture.height, picture.rgba);
    Ok(json!({"width": width, "height": height, "rgba": rgba}).to_string())
}
