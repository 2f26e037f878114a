//! In a browser: `fetch`, which takes a part as a whole.

use super::HttpUnavailable;
use crate::media::transfer::files::Part;
use crate::media::transfer::meter::Meter;
use crate::media::transfer::setback::Setback;
/// Is a body as it comes; there is one thread.
pub(super) use futures_util::stream::LocalBoxStream as BodyStream;
use reqwest::{Client, RequestBuilder};
use std::sync::Arc;

/// How long a part may take, in milliseconds: nobody sees it move. 8 MiB at 112 kbit/s, and less than its
/// address is good.
pub(super) const PUT_IDLE_MS: u64 = 10 * 60 * 1_000;

pub(super) fn client() -> Result<Client, HttpUnavailable> {
    Ok(Client::new())
}

pub(super) fn body(
    request: RequestBuilder,
    mut part: Part,
    _: u64,
    meter: Arc<Meter>,
) -> Result<RequestBuilder, Setback> {
    let part = part.next().map_err(|error| Setback::of_spool(&error))?;
    let part = part.unwrap_or_default();
    meter.add(part.len());
    Ok(request.body(part))
}
