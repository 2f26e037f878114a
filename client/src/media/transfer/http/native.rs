//! Natively: bodies are streamed, TLS is rustls with ring, and trusts whom the system trusts.

use super::HttpUnavailable;
use crate::media::transfer::files::{Part, off_the_runtime};
use crate::media::transfer::meter::Meter;
use crate::media::transfer::setback::Setback;
/// Is a body as it comes; it goes from thread to thread.
pub(super) use futures_util::stream::BoxStream as BodyStream;
use futures_util::{TryStreamExt, stream};
use reqwest::header::CONTENT_LENGTH;
use reqwest::{Body, Client, RequestBuilder, redirect};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use std::sync::Arc;
use std::time::Duration;

/// How long a connection may take to be there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// How long nothing may go before a request to put is given up, in milliseconds.
pub(super) const PUT_IDLE_MS: u64 = 60 * 1_000;

pub(super) fn client() -> Result<Client, HttpUnavailable> {
    let tls = tls().map_err(|error| HttpUnavailable(error.into()))?;
    let client = Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(CONNECT_TIMEOUT)
        // What is signed is signed for one address.
        .redirect(redirect::Policy::none())
        .build();
    client.map_err(|error| HttpUnavailable(error.without_url().into()))
}

fn tls() -> Result<ClientConfig, rustls::Error> {
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&ring));
    let config = config.with_safe_default_protocol_versions()?;
    Ok(match config.with_platform_verifier() {
        Ok(config) => config.with_no_client_auth(),
        // A system that trusts nobody still has a server on the same machine.
        Err(_) => ClientConfig::builder_with_provider(ring)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth(),
    })
}

/// Streams a part: no more of it is in memory than is on its way.
pub(super) fn body(
    request: RequestBuilder,
    part: Part,
    bytes: u64,
    meter: Arc<Meter>,
) -> Result<RequestBuilder, Setback> {
    let pieces = stream::try_unfold(part, async |mut part| {
        off_the_runtime(move || Ok::<_, std::io::Error>(part.next()?.map(|piece| (piece, part))))
            .await
    });
    let counted = pieces.inspect_ok(move |piece| meter.add(piece.len()));
    let request = request.header(CONTENT_LENGTH, bytes);
    Ok(request.body(Body::wrap_stream(counted)))
}
