//! A push service that records what it takes.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// A request that a service has taken.
#[derive(Clone, Debug)]
pub struct Push {
    /// `POST`, it should be.
    pub method: Method,
    /// The path of the endpoint.
    pub path: String,
    /// All headers.
    pub headers: HeaderMap,
    /// What is encrypted for the browser.
    pub body: Vec<u8>,
}

impl Push {
    /// A header's value, which there is once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?;
        assert!(values.next().is_none(), "{name} twice");
        Some(value.to_str().unwrap())
    }
}

/// A push service on a port of this machine that answers everything alike.
#[derive(Debug)]
pub struct Service {
    /// Where it listens.
    pub address: SocketAddr,
    answer: Answer,
    taken: Arc<Mutex<Vec<Push>>>,
}

type Answer = Arc<Mutex<Response<Full<Bytes>>>>;

impl Service {
    /// Starts one; it ends with the test's runtime.
    pub async fn answering(status: u16, headers: &[(&'static str, String)]) -> Self {
        Self::with_body(status, headers, Bytes::new()).await
    }

    /// Starts one whose answers have a body.
    pub async fn with_body(status: u16, headers: &[(&'static str, String)], body: Bytes) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::on(listener, status, headers, body)
    }

    /// Starts one where it is told to listen.
    pub fn on(
        listener: TcpListener,
        status: u16,
        headers: &[(&'static str, String)],
        body: Bytes,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let mut answer = Response::builder().status(status);
        for (name, value) in headers {
            answer = answer.header(*name, value);
        }
        let answer = answer.body(Full::new(body)).unwrap();
        let answer = Arc::new(Mutex::new(answer));
        tokio::spawn(serve(listener, Arc::clone(&answer), Arc::clone(&taken)));
        Self {
            address,
            answer,
            taken,
        }
    }

    /// Answers with another status from now on.
    pub fn answer(&self, status: u16) {
        *self.answer.lock().unwrap().status_mut() = StatusCode::from_u16(status).unwrap();
    }

    /// What it has taken, in order.
    pub fn taken(&self) -> Vec<Push> {
        self.taken.lock().unwrap().clone()
    }
}

async fn serve(listener: TcpListener, answer: Answer, taken: Arc<Mutex<Vec<Push>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (answer, taken) = (Arc::clone(&answer), Arc::clone(&taken));
        let service = service_fn(move |request: Request<Incoming>| {
            let (answer, taken) = (Arc::clone(&answer), Arc::clone(&taken));
            async move {
                let push = read(request).await;
                taken.lock().unwrap().push(push);
                Ok::<_, Infallible>(answer.lock().unwrap().clone())
            }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn read(request: Request<Incoming>) -> Push {
    let (head, body) = request.into_parts();
    Push {
        method: head.method,
        path: head.uri.to_string(),
        headers: head.headers,
        body: body.collect().await.unwrap().to_bytes().to_vec(),
    }
}
