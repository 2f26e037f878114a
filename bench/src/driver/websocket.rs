//! WebSocket framing for clients: the upgrade, and text frames. No extensions, no fragments: no
//! server here sends them.

use super::wire::Wire;
use super::{Decoder, Event};
use anyhow::{Result, bail};
use bytes::{Buf, BytesMut};
use memchr::memmem;
use std::sync::Arc;
use tokio::time::Instant;

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// Reads the text frames of a protocol.
pub(crate) trait TextDecoder: Send {
    /// Reads one text frame; `reply` is written back at once.
    fn text(&mut self, frame: &[u8], out: &mut Vec<Event>, reply: &mut Vec<u8>);

    /// As [`Decoder::due`].
    fn due(&self) -> Option<Instant> {
        None
    }

    /// As [`Decoder::release`].
    fn release(&mut self, _reply: &mut Vec<u8>) {}
}

/// A [`Decoder`] that answers pings and hands text frames on.
pub(crate) struct Frames<T>(pub(crate) T);

impl<T: TextDecoder> Decoder for Frames<T> {
    fn decode(
        &mut self,
        buf: &mut BytesMut,
        out: &mut Vec<Event>,
        reply: &mut Vec<u8>,
    ) -> Result<()> {
        let mut used = 0;
        while let Some(frame) = parse(&buf[used..]) {
            match frame.opcode {
                TEXT => self.0.text(frame.payload, out, reply),
                PING => write(PONG, frame.payload, reply),
                CLOSE => bail!("closed by the server: {}", close_reason(frame.payload)),
                _ => {}
            }
            used += frame.whole_len;
        }
        buf.advance(used);
        Ok(())
    }

    fn due(&self) -> Option<Instant> {
        self.0.due()
    }

    fn release(&mut self, reply: &mut Vec<u8>) {
        self.0.release(reply);
    }
}

struct Frame<'a> {
    opcode: u8,
    payload: &'a [u8],
    whole_len: usize,
}

/// The first frame of `b`, when it is there to its end.
fn parse(b: &[u8]) -> Option<Frame<'_>> {
    let (len, head) = match b.get(1)? & 127 {
        126 => (
            usize::from(u16::from_be_bytes(b.get(2..4)?.try_into().ok()?)),
            4,
        ),
        127 => (
            usize::try_from(u64::from_be_bytes(b.get(2..10)?.try_into().ok()?)).ok()?,
            10,
        ),
        short => (usize::from(short), 2),
    };
    let whole_len = head + len;
    Some(Frame {
        opcode: b[0] & 15,
        payload: b.get(head..whole_len)?,
        whole_len,
    })
}

fn close_reason(payload: &[u8]) -> String {
    let code = payload
        .get(..2)
        .map_or(1005, |c| u16::from_be_bytes([c[0], c[1]]));
    format!(
        "{code} {}",
        String::from_utf8_lossy(payload.get(2..).unwrap_or_default())
    )
}

/// Appends a text frame.
pub(crate) fn write_text(payload: &[u8], out: &mut Vec<u8>) {
    write(TEXT, payload, out);
}

/// Appends a close frame that says that all went well.
pub(crate) fn write_close(out: &mut Vec<u8>) {
    write(CLOSE, &1000_u16.to_be_bytes(), out);
}

/// Client frames are masked; the zero key leaves the payload as it is and costs nothing.
fn write(opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
    out.push(0x80 | opcode);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(len), _) if len < 126 => out.push(0x80 | len),
        (_, Ok(len)) => {
            out.push(0x80 | 126);
            out.extend_from_slice(&len.to_be_bytes());
        }
        _ => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(payload);
}

/// Opens a connection and upgrades it. `headers` are further header lines, each with its line end.
/// Returns what came behind the answer, too.
pub(crate) async fn upgrade(
    addr: &str,
    target: &str,
    headers: &str,
) -> Result<(Arc<Wire>, BytesMut)> {
    let wire = Wire::open(addr).await?;
    let request = format!(
        "GET {target} HTTP/1.1\r\nHost: {addr}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n"
    );
    wire.write_all(request.as_bytes()).await?;
    let mut buf = BytesMut::new();
    let end = loop {
        wire.read(&mut buf).await?;
        if let Some(at) = memmem::find(&buf, b"\r\n\r\n") {
            break at + 4;
        }
    };
    if !buf.starts_with(b"HTTP/1.1 101") {
        let head = String::from_utf8_lossy(&buf[..end]);
        bail!("not upgraded: {}", head.lines().next().unwrap_or_default());
    }
    buf.advance(end);
    Ok((wire, buf))
}

#[cfg(test)]
pub(crate) mod testing {
    /// A server's (unmasked) text frame.
    pub(crate) fn server_text(payload: &str) -> Vec<u8> {
        let mut masked = Vec::new();
        super::write_text(payload.as_bytes(), &mut masked);
        let head = masked.len() - payload.len() - 4;
        masked[1] &= 127;
        masked.drain(head..head + 4);
        masked
    }

    /// The payloads of a client's (zero-masked) text frames.
    pub(crate) fn client_texts(mut bytes: &[u8]) -> Vec<String> {
        let mut texts = Vec::new();
        while !bytes.is_empty() {
            let (len, head) = match bytes[1] & 127 {
                126 => (usize::from(u16::from_be_bytes([bytes[2], bytes[3]])), 8),
                127 => panic!("too long for a test"),
                short => (usize::from(short), 6),
            };
            texts.push(String::from_utf8(bytes[head..head + len].to_vec()).unwrap());
            bytes = &bytes[head + len..];
        }
        texts
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{client_texts, server_text};
    use super::*;

    struct Lengths(Vec<usize>);
    impl TextDecoder for Lengths {
        fn text(&mut self, frame: &[u8], _out: &mut Vec<Event>, _reply: &mut Vec<u8>) {
            self.0.push(frame.len());
        }
    }

    #[test]
    fn frames_of_every_length_are_read_whole_however_they_arrive() {
        let lengths = [0, 1, 125, 126, 65_535, 65_536, 131_072];
        let stream: Vec<u8> = lengths
            .iter()
            .flat_map(|n| server_text(&"x".repeat(*n)))
            .collect();
        for step in [1, 7, 4096, stream.len()] {
            let (mut decoder, mut buf) = (Frames(Lengths(Vec::new())), BytesMut::new());
            for part in stream.chunks(step) {
                buf.extend_from_slice(part);
                decoder
                    .decode(&mut buf, &mut Vec::new(), &mut Vec::new())
                    .unwrap();
            }
            assert_eq!(decoder.0.0, lengths, "in steps of {step}");
            assert!(buf.is_empty());
        }
    }

    #[test]
    fn pings_are_answered_and_a_close_ends_the_stream() {
        let (mut decoder, mut buf) = (Frames(Lengths(Vec::new())), BytesMut::new());
        buf.extend_from_slice(&[0x89, 2, b'h', b'i']);
        let mut reply = Vec::new();
        decoder
            .decode(&mut buf, &mut Vec::new(), &mut reply)
            .unwrap();
        assert_eq!(reply, [0x8a, 0x82, 0, 0, 0, 0, b'h', b'i']);
        buf.extend_from_slice(&[0x88, 2, 0x03, 0xf1]);
        let end = decoder
            .decode(&mut buf, &mut Vec::new(), &mut reply)
            .unwrap_err();
        assert_eq!(end.to_string(), "closed by the server: 1009 ");
    }

    #[test]
    fn client_frames_are_masked_with_the_zero_key() {
        let mut out = Vec::new();
        write_text(b"short", &mut out);
        write_text(&[b'l'; 300], &mut out);
        assert_eq!(out[..6], [0x81, 0x85, 0, 0, 0, 0]);
        assert_eq!(client_texts(&out), ["short".to_string(), "l".repeat(300)]);
    }
}
