//! Frames that no protocol error can answer: the socket is closed with a code that says why.
//! API Gateway does the same; the local AWS does not.

use heliograph_protocol::ErrorCode;
use heliograph_protocol::limits::FRAME_BYTES_MAX;
use heliograph_protocol::socket::{CLOSE_BINARY, CLOSE_TOO_LARGE};
use heliograph_tests::{Closed, OneMachine, Socket};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

#[tokio::test]
async fn too_large_frames_close_with_1009() {
    let machine = OneMachine::start(&["--dev"]).await;
    let alice = machine.person("alice").await;
    for bytes in [FRAME_BYTES_MAX + 1, 1 << 20, 16 << 20] {
        let mut a = alice.connect().await;
        let closed = closes_after(&mut a, Message::text("x".repeat(bytes))).await;
        assert_eq!(closed, Closed(Some(CLOSE_TOO_LARGE)), "{bytes} bytes");
    }
    let mut a = alice.connect().await;
    let reply = a.say(&"x".repeat(FRAME_BYTES_MAX)).await;
    assert_eq!(reply.error().code, ErrorCode::BadRequest, "just fits");
    a.ping().await;
}

#[tokio::test]
async fn a_message_in_too_many_parts_closes_with_1009() {
    let machine = OneMachine::start(&["--dev"]).await;
    let mut a = machine.person("alice").await.connect().await;
    let part = vec![b'x'; FRAME_BYTES_MAX / 2];
    let frame = |kind, is_last| Message::Frame(Frame::message(part.clone(), kind, is_last));
    a.send_raw(frame(OpCode::Data(Data::Text), false))
        .await
        .unwrap();
    a.send_raw(frame(OpCode::Data(Data::Continue), false))
        .await
        .unwrap();
    let closed = closes_after(&mut a, frame(OpCode::Data(Data::Continue), true)).await;
    assert_eq!(closed, Closed(Some(CLOSE_TOO_LARGE)));
}

#[tokio::test]
async fn binary_closes_with_1003() {
    let machine = OneMachine::start(&["--dev"]).await;
    let alice = machine.person("alice").await;
    for bytes in [vec![], b"{\"action\":\"ping\",\"id\":\"a\"}".to_vec()] {
        let mut a = alice.connect().await;
        let closed = closes_after(&mut a, Message::binary(bytes)).await;
        assert_eq!(closed, Closed(Some(CLOSE_BINARY)));
    }
}

#[tokio::test]
async fn text_that_is_not_utf8_closes_with_1007() {
    let machine = OneMachine::start(&["--dev"]).await;
    let alice = machine.person("alice").await;
    for bytes in [&b"{\"action\":\"\xff\"}"[..], b"\xc3", b"\xed\xa0\x80"] {
        let mut a = alice.connect().await;
        let text = Frame::message(bytes.to_vec(), OpCode::Data(Data::Text), true);
        let closed = closes_after(&mut a, Message::Frame(text)).await;
        assert_eq!(closed, Closed(Some(1007)));
    }
    alice.connect().await.ping().await;
}

async fn closes_after(socket: &mut Socket, message: Message) -> Closed {
    // A server that closes still reads: else the client would see a reset, and not why.
    socket.send_raw(message).await.unwrap();
    socket.is_closed().await
}
