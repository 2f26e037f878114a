//! The few HTTPS calls a client makes (protocol §1), over plain loopback HTTP/1.1: one request after
//! the other on one connection.

use super::super::wire::Wire;
use anyhow::{Context, Result, bail};
use bytes::{Buf, BytesMut};
use memchr::memmem;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

pub(super) struct Http {
    wire: Arc<Wire>,
    host: String,
    buf: BytesMut,
}

impl Http {
    pub(super) async fn open(addr: &str) -> Result<Http> {
        let wire = Wire::open(addr).await?;
        Ok(Http {
            wire,
            host: addr.to_string(),
            buf: BytesMut::new(),
        })
    }

    /// # Errors
    /// The connection broke, or the answer is not a 2xx with the body wanted.
    pub(super) async fn post<T: DeserializeOwned>(
        &mut self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T> {
        let body = serde_json::to_string(body)?;
        let head = format!(
            "Content-Type: application/json\r\nContent-Length: {}\r\n",
            body.len()
        );
        self.call("POST", path, &format!("{head}\r\n{body}")).await
    }

    /// # Errors
    /// As for [`Http::post`].
    pub(super) async fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T> {
        self.call("GET", path, "\r\n").await
    }

    async fn call<T: DeserializeOwned>(
        &mut self,
        method: &str,
        path: &str,
        rest: &str,
    ) -> Result<T> {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n{rest}", self.host);
        self.wire.write_all(request.as_bytes()).await?;
        let (status, body) = self
            .answer()
            .await
            .with_context(|| format!("{method} {path}"))?;
        if !(200..300).contains(&status) {
            bail!(
                "{method} {path}: {status} {}",
                String::from_utf8_lossy(&body)
            );
        }
        serde_json::from_slice(&body).with_context(|| format!("{method} {path}: the answer"))
    }

    async fn answer(&mut self) -> Result<(u16, BytesMut)> {
        let head_len = loop {
            if let Some(at) = memmem::find(&self.buf, b"\r\n\r\n") {
                break at + 4;
            }
            self.wire.read(&mut self.buf).await?;
        };
        let (status, len) = parse_head(std::str::from_utf8(&self.buf[..head_len])?)?;
        self.buf.advance(head_len);
        while self.buf.len() < len {
            self.wire.read(&mut self.buf).await?;
        }
        Ok((status, self.buf.split_to(len)))
    }
}

/// The status and the content length of an answer.
fn parse_head(head: &str) -> Result<(u16, usize)> {
    let status = head
        .split(' ')
        .nth(1)
        .context("an answer without a status")?
        .parse()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim())
    });
    Ok((
        status,
        length
            .context("an answer without a content length")?
            .parse()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_has_a_status_and_a_length() {
        let head = "HTTP/1.1 201 Created\r\nserver: x\r\nContent-Length: 12\r\n\r\n";
        assert_eq!(parse_head(head).unwrap(), (201, 12));
        assert!(parse_head("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }
}
