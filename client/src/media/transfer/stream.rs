//! Streams of a browser.

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    ReadableStream, ReadableStreamByobReader, ReadableStreamDefaultReader, ReadableStreamReadResult,
};

/// How much is read at a time, in bytes.
const BUFFER_BYTES: u32 = 64 * 1024;

/// Reads a stream piece by piece.
pub(super) enum Reader {
    /// Into the same memory each time. Pieces that a browser makes anew are collected some tens of
    /// megabytes later.
    Same(ReadableStreamByobReader, Uint8Array),
    /// As the browser makes them, where it does not know better.
    Anew(ReadableStreamDefaultReader),
}

impl Reader {
    /// Begins; from now on nobody else reads it.
    pub(super) fn new(stream: &ReadableStream) -> Result<Self, JsValue> {
        match ReadableStreamByobReader::new(stream) {
            Ok(reader) => Ok(Self::Same(
                reader,
                Uint8Array::new_with_length(BUFFER_BYTES),
            )),
            Err(_) => Ok(Self::Anew(ReadableStreamDefaultReader::new(stream)?)),
        }
    }

    /// Gives the next piece; nothing at the end.
    ///
    /// # Errors
    /// What the stream says, or that it has no bytes.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, JsValue> {
        let reading = match self {
            Self::Same(reader, buffer) => reader.read_with_array_buffer_view(buffer),
            Self::Anew(reader) => reader.read(),
        };
        let read: ReadableStreamReadResult = JsFuture::from(reading).await?.unchecked_into();
        if read.get_done().unwrap_or_default() {
            return Ok(None);
        }
        let piece: Uint8Array = read.get_value().dyn_into()?;
        if let Self::Same(_, buffer) = self {
            // What was given with the request has gone, and come back as this.
            *buffer = Uint8Array::new(&piece.buffer());
        }
        Ok(Some(piece.to_vec()))
    }
}
