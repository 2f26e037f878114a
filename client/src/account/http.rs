//! One call over HTTP.

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(target_arch = "wasm32")]
pub(super) use browser::Http;
#[cfg(not(target_arch = "wasm32"))]
pub(super) use native::Http;

/// Is a call.
pub(super) struct Call<'a> {
    pub(super) method: &'static str,
    pub(super) url: String,
    pub(super) bearer: Option<&'a str>,
    pub(super) json: Option<String>,
}

/// Is its answer.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}
