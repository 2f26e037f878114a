//! In a browser: `fetch`, which takes a part as a whole and has its own ideas of time.

use super::HttpUnavailable;
use crate::media::transfer::files::Part;
use crate::media::transfer::meter::Meter;
use crate::media::transfer::setback::Setback;
use reqwest::{Client, RequestBuilder};
use std::sync::Arc;

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

pub(super) async fn in_time<T>(
    work: impl Future<Output = T>,
    _: impl FnMut() -> bool,
) -> Result<T, Setback> {
    Ok(work.await)
}
