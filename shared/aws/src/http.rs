//! The HTTP connector that all clients share.
//!
//! The SDK's own HTTP clients read and parse the machine's root certificates whenever a service
//! client is built, which is most of a Lambda's start. Here TLS is set up once, by the first
//! request that needs it (`docs/adr/0003-aws-clients.md`).

use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use std::sync::OnceLock;
use std::time::Duration;

/// What vouches for a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Roots {
    /// The roots of Amazon Trust Services, which sign for every AWS endpoint of the public regions.
    Amazon,
    /// What the machine trusts: for endpoints behind another authority.
    Machine,
}

/// The roots that [AWS asks clients to trust](https://www.amazontrust.com/repository/).
const AMAZON_ROOTS: &[u8] = include_bytes!("../roots/amazon.pem");

/// Makes an HTTP client of which everything that is built with it shares the connections.
pub(crate) fn client(connector: SharedHttpConnector) -> SharedHttpClient {
    http_client_fn(move |_, _| connector.clone())
}

/// Makes a connector, without touching certificates or network.
pub(crate) fn connector(roots: Roots, connect_timeout: Duration) -> SharedHttpConnector {
    SharedHttpConnector::new(LazyTls {
        roots,
        connect_timeout,
        plain: OnceLock::new(),
        tls: OnceLock::new(),
    })
}

/// Two connectors, each made when first used.
#[derive(Debug)]
struct LazyTls {
    roots: Roots,
    connect_timeout: Duration,
    plain: OnceLock<Result<Connector, String>>,
    tls: OnceLock<Result<Connector, String>>,
}

impl LazyTls {
    fn build(&self, trust: TrustStore) -> Result<Connector, String> {
        let context = TlsContext::builder().with_trust_store(trust).build();
        let settings = HttpConnectorSettings::builder().connect_timeout(self.connect_timeout);
        Ok(Connector::builder()
            .connector_settings(settings.build())
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .tls_provider(Provider::rustls(CryptoMode::Ring))
            .tls_context(context.map_err(|error| error.to_string())?)
            .build())
    }

    fn trust(&self) -> TrustStore {
        match self.roots {
            Roots::Amazon => TrustStore::empty().with_pem_certificate(AMAZON_ROOTS),
            Roots::Machine => TrustStore::default(),
        }
    }
}

impl HttpConnector for LazyTls {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = if request.uri().starts_with("https:") {
            self.tls.get_or_init(|| self.build(self.trust()))
        } else {
            self.plain.get_or_init(|| self.build(TrustStore::empty()))
        };
        match connector {
            Ok(connector) => connector.call(request),
            Err(error) => {
                HttpConnectorFuture::ready(Err(ConnectorError::user(error.clone().into())))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roots_that_are_built_in_are_certificates() {
        let tls = LazyTls {
            roots: Roots::Amazon,
            connect_timeout: Duration::from_secs(1),
            plain: OnceLock::new(),
            tls: OnceLock::new(),
        };
        // The SDK's TLS panics at the first request over a root that it cannot read.
        assert!(tls.build(tls.trust()).is_ok());
        let text = String::from_utf8_lossy(AMAZON_ROOTS);
        assert_eq!(text.matches("BEGIN CERTIFICATE").count(), 5);
    }
}
