//! Opening a socket.

use super::Socket;
use crate::site::Site;
use hyper::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use hyper::{StatusCode, Uri};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;

/// A socket that is about to be opened.
#[derive(Debug)]
pub struct Handshake {
    name: String,
    patience: Duration,
    uri: Uri,
    headers: Vec<(String, String)>,
    receive_buffer_bytes: Option<u32>,
}

impl Handshake {
    pub(crate) fn new(site: &Arc<Site>, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            patience: site.patience,
            uri: site.addresses().ws.parse().expect("an address"),
            headers: Vec::new(),
            receive_buffer_bytes: None,
        }
    }

    /// Shows an access token as most clients do.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header(AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    /// Shows an access token as a browser must: among the subprotocols.
    #[must_use]
    pub fn subprotocols(self, protocols: &str) -> Self {
        self.header(SEC_WEBSOCKET_PROTOCOL.as_str(), protocols)
    }

    /// Adds any header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Makes the kernel take in little of what the client does not read.
    #[must_use]
    pub fn receive_buffer_bytes(mut self, bytes: u32) -> Self {
        self.receive_buffer_bytes = Some(bytes);
        self
    }

    /// Opens the socket, unless that is refused with a status.
    pub async fn open(self) -> Result<Socket, StatusCode> {
        let (name, patience) = (self.name.clone(), self.patience);
        let opened = timeout(patience, self.shake_hands()).await;
        opened.unwrap_or_else(|_| panic!("{name}: no handshake in {patience:?}"))
    }

    async fn shake_hands(self) -> Result<Socket, StatusCode> {
        let stream = self.dial().await;
        let mut request = ClientRequestBuilder::new(self.uri);
        for (name, value) in self.headers {
            // Not as a subprotocol to be checked here: what the server chooses is for the test.
            request = request.with_header(name, value);
        }
        match client_async(request, stream).await {
            Ok((stream, answer)) => {
                let protocol = answer.headers().get(SEC_WEBSOCKET_PROTOCOL);
                let text =
                    |value: &hyper::header::HeaderValue| value.to_str().expect("a name").to_owned();
                Ok(Socket {
                    name: self.name,
                    patience: self.patience,
                    stream,
                    protocol: protocol.map(text),
                    requests: 0,
                    replies: Vec::new(),
                    messages: VecDeque::new(),
                    receipts: VecDeque::new(),
                    devices: VecDeque::new(),
                    keys_low: VecDeque::new(),
                    presence: VecDeque::new(),
                    changes: VecDeque::new(),
                    displaced: false,
                    closed: None,
                })
            }
            Err(Error::Http(answer)) => Err(answer.status()),
            Err(error) => panic!("{}: the handshake failed: {error}", self.name),
        }
    }

    async fn dial(&self) -> TcpStream {
        let authority = self.uri.authority().expect("a host").as_str();
        let mut found = lookup_host(authority).await.expect("a known host");
        let address = found.next().expect("an address of the host");
        let socket = match address.is_ipv4() {
            true => TcpSocket::new_v4(),
            false => TcpSocket::new_v6(),
        }
        .expect("a socket");
        if let Some(bytes) = self.receive_buffer_bytes {
            socket.set_recv_buffer_size(bytes).expect("a buffer");
        }
        let stream = socket.connect(address).await;
        let stream = stream.unwrap_or_else(|error| panic!("{}: {address}: {error}", self.name));
        stream.set_nodelay(true).expect("a TCP socket");
        stream
    }
}
