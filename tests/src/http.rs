//! HTTP calls without TLS, each on a connection of its own.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{HeaderMap, Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// An answer: a status, headers and a body.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, if it is text.
    pub body: String,
    /// The body as it is.
    pub bytes: Bytes,
}

impl Answer {
    /// Reads the body.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("{} {:?}: {error}", self.status, self.body))
    }
}

/// A call to make.
#[derive(Debug)]
pub struct Call {
    url: String,
    request: hyper::http::request::Builder,
    body: Bytes,
}

impl Call {
    /// Reads something.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url.into(), Bytes::new())
    }

    /// Posts JSON.
    pub fn post(url: impl Into<String>, json: impl Into<String>) -> Self {
        Self::new(Method::POST, url.into(), json.into().into())
            .header(CONTENT_TYPE.as_str(), "application/json")
    }

    /// Deletes something.
    pub fn delete(url: impl Into<String>) -> Self {
        Self::new(Method::DELETE, url.into(), Bytes::new())
    }

    /// Sends something by whatever method.
    pub fn new(method: Method, url: String, body: Bytes) -> Self {
        let request = Request::builder().method(method);
        Self { url, request, body }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// Makes the call.
    pub async fn answer(self, patience: Duration) -> Answer {
        let url = self.url.clone();
        let answer = timeout(patience, self.make()).await;
        answer
            .unwrap_or_else(|_| panic!("{url}: no answer in {patience:?}"))
            .unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    async fn make(self) -> Result<Answer, Box<dyn std::error::Error>> {
        let uri: Uri = self.url.parse()?;
        let authority = uri.authority().ok_or("no host")?.as_str();
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let request = self
            .request
            .uri(path)
            .header(HOST, authority)
            .body(Full::new(self.body))?;
        let stream = TcpStream::connect(authority).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let answer = sender.send_request(request).await?;
        let (head, body) = answer.into_parts();
        let bytes = body.collect().await?.to_bytes();
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body: String::from_utf8(bytes.to_vec()).unwrap_or_default(),
            bytes,
        })
    }
}
