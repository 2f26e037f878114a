//! Finds the server and gets through to it.

use super::Bytes;
use crate::tls;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use rustls::pki_types::ServerName;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::sleep;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::http::Uri;

/// How long one address is tried alone, before the next is tried beside it ([RFC 8305 §8]).
///
/// [RFC 8305 §8]: https://www.rfc-editor.org/rfc/rfc8305#section-8
const NEXT_ADDRESS: Duration = Duration::from_millis(250);

/// Connects to who a `ws` or `wss` address names.
pub(super) async fn dial(url: &str) -> io::Result<(Uri, Box<dyn Bytes>)> {
    let uri: Uri = url.parse().map_err(io::Error::other)?;
    let is_secure = match uri.scheme_str() {
        Some("wss") => true,
        Some("ws") => false,
        _ => return Err(ErrorKind::InvalidInput.into()),
    };
    let host = uri.host().ok_or(ErrorKind::InvalidInput)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
    let found = lookup_host((host, port)).await?;
    let stream = connect(in_turn(found)).await?;
    stream.set_nodelay(true)?;
    if !is_secure {
        return Ok((uri, Box::new(stream)));
    }
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let tls = TlsConnector::from(tls::shared().map_err(io::Error::other)?);
    let stream = tls.connect(name, stream).await?;
    Ok((uri, Box::new(stream)))
}

/// Puts addresses of both families in turn: one of them may lead nowhere.
fn in_turn(found: impl Iterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    let (sixes, fours): (Vec<_>, Vec<_>) = found.partition(SocketAddr::is_ipv6);
    let mut sixes = sixes.into_iter();
    let mut fours = fours.into_iter();
    let mut turns = Vec::new();
    loop {
        let before = turns.len();
        turns.extend(sixes.next());
        turns.extend(fours.next());
        if turns.len() == before {
            return turns;
        }
    }
}

/// Connects to whichever address answers first.
async fn connect(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let tries = addresses.into_iter().zip(0..).map(async |(address, turn)| {
        sleep(NEXT_ADDRESS * turn).await;
        TcpStream::connect(address).await
    });
    let mut tries: FuturesUnordered<_> = tries.collect();
    let mut last = ErrorKind::NotFound.into();
    while let Some(tried) = tries.next().await {
        match tried {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[test]
    fn families_take_turns() {
        let parse = |text: &str| -> SocketAddr { text.parse().unwrap() };
        let found = ["1.1.1.1:1", "2.2.2.2:1", "3.3.3.3:1", "[::1]:1"].map(parse);
        let turns = in_turn(found.into_iter());
        let expected = ["[::1]:1", "1.1.1.1:1", "2.2.2.2:1", "3.3.3.3:1"].map(parse);
        assert_eq!(turns, expected);
    }

    #[tokio::test]
    async fn an_address_that_refuses_is_passed_over() {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let refuses = closed.local_addr().unwrap();
        drop(closed);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let answers = listener.local_addr().unwrap();
        let stream = connect(vec![refuses, answers]).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), answers);
        assert!(connect(vec![refuses]).await.is_err());
        assert!(connect(Vec::new()).await.is_err());
    }

    #[tokio::test]
    async fn an_address_of_something_else_is_none() {
        for url in ["", "https://example.org", "ws://", "nonsense"] {
            assert!(dial(url).await.is_err(), "{url}");
        }
    }
}
