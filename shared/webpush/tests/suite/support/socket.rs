//! A push service that breaks rules.

use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A port of this machine that takes one connection and writes the same whatever it reads.
pub(crate) struct Socket {
    pub(crate) address: SocketAddr,
    answered: oneshot::Receiver<()>,
}

impl Socket {
    /// Starts one that holds the connection open after its answer.
    pub(crate) async fn holding(answer: &'static [u8]) -> Self {
        Self::start(answer, true).await
    }

    /// Starts one that closes the connection after its answer.
    pub(crate) async fn closing(answer: &'static [u8]) -> Self {
        Self::start(answer, false).await
    }

    /// Waits until it has read a request and written its answer.
    pub(crate) async fn answered(self) {
        self.answered.await.unwrap();
    }

    async fn start(answer: &'static [u8], hold: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, answered) = oneshot::channel();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.read_u8().await.unwrap();
            stream.write_all(answer).await.unwrap();
            tell.send(()).ok();
            if hold {
                std::future::pending::<()>().await;
            }
        });
        Self { address, answered }
    }
}
