//! As much of HTTP/1.1 as an SDK and an emulator speak to each other.

use serde_json::Value;
use std::io;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// A request with its body.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// A response with its body.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let header = self
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        header.map(|(_, value)| value.as_str())
    }

    /// The operation that an AWS JSON request names.
    pub(crate) fn operation(&self) -> &str {
        let target = self.header("x-amz-target").unwrap_or_default();
        target.rsplit('.').next().unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// Reads a request; `None` when the client has hung up.
pub(crate) async fn read_request(
    from: &mut (impl AsyncBufRead + Unpin),
) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if from.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let headers = read_headers(from).await?;
    let body = read_body(from, &headers).await?;
    Ok(Some(Request {
        method,
        path,
        headers,
        body,
    }))
}

/// Sends a request to a server, on a connection of its own.
pub(crate) async fn call(authority: &str, request: &Request) -> io::Result<Response> {
    let mut socket = BufReader::new(TcpStream::connect(authority).await?);
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.path);
    let is_ours = |name: &str| {
        name.eq_ignore_ascii_case("content-length") || name.eq_ignore_ascii_case("connection")
    };
    for (name, value) in request.headers.iter().filter(|(name, _)| !is_ours(name)) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!(
        "content-length: {}\r\nconnection: close\r\n\r\n",
        request.body.len()
    ));
    // In one piece: the other side waits 40 ms before it acknowledges half a request.
    socket
        .write_all(&[head.as_bytes(), &request.body].concat())
        .await?;
    let mut line = String::new();
    socket.read_line(&mut line).await?;
    let status = line
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let headers = read_headers(&mut socket).await?;
    let body = read_body(&mut socket, &headers).await?;
    Ok(Response {
        status: status.unwrap_or_default(),
        body,
    })
}

pub(crate) async fn write_response(to: &mut TcpStream, response: &Response) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 {} Status\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n",
        response.status,
        response.body.len()
    );
    to.write_all(&[head.as_bytes(), &response.body].concat())
        .await
}

async fn read_headers(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Vec<(String, String)>> {
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        from.read_line(&mut line).await?;
        match line.trim().split_once(':') {
            Some((name, value)) => headers.push((name.to_owned(), value.trim().to_owned())),
            None => return Ok(headers),
        }
    }
}

async fn read_body(
    from: &mut (impl AsyncBufRead + Unpin),
    headers: &[(String, String)],
) -> io::Result<Vec<u8>> {
    let length = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = length
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    from.read_exact(&mut body).await?;
    Ok(body)
}
