//! A line to a deployment that can be cut, or fall silent. Its own end stays where it is, wherever the
//! deployment moves to.

use crate::site::Site;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What a line does with what goes by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// It carries it.
    Flows,
    /// It keeps it, and every connection open, without a word.
    Silent,
    /// It carries what is asked, and is cut when the answer comes.
    LosesAnswers,
}

/// A line to a `heliographd`.
#[derive(Debug)]
pub struct Line {
    address: String,
    traffic: watch::Sender<Traffic>,
    cuts: watch::Sender<()>,
    task: JoinHandle<()>,
}

impl Line {
    /// Lays a line.
    pub async fn to(site: &Arc<Site>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port of this machine");
        let address = listener.local_addr().expect("it has an address");
        let (traffic, cuts) = (watch::Sender::new(Traffic::Flows), watch::Sender::new(()));
        let ends = (traffic.clone(), cuts.clone());
        let task = tokio::spawn(serve(listener, site.clone(), ends.0, ends.1));
        Self {
            address: address.to_string(),
            traffic,
            cuts,
            task,
        }
    }

    /// Where HTTP calls go.
    pub fn http(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where the socket is, by where it really is.
    pub fn ws(&self, site: &Site) -> String {
        let ws = site.addresses().ws;
        ws.replace(authority(&ws), &self.address)
    }

    /// Changes what is done with what goes by it.
    pub fn turn(&self, traffic: Traffic) {
        self.traffic.send_replace(traffic);
    }

    /// Cuts every connection that there is.
    pub fn cut(&self) {
        self.cuts.send_replace(());
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn authority(url: &str) -> &str {
    let rest = url.split("://").nth(1).expect("a scheme");
    rest.split('/').next().expect("a host")
}

async fn serve(
    listener: TcpListener,
    site: Arc<Site>,
    traffic: watch::Sender<Traffic>,
    cuts: watch::Sender<()>,
) {
    while let Ok((near, _)) = listener.accept().await {
        let mut cut = cuts.subscribe();
        let (http, traffic) = (site.addresses().http, traffic.subscribe());
        tokio::spawn(async move {
            tokio::select! {
                () = carry(near, &http, traffic) => {}
                _ = cut.changed() => {}
            }
        });
    }
}

async fn carry(near: TcpStream, to: &str, traffic: watch::Receiver<Traffic>) {
    // Nobody is there: the connection ends.
    let Ok(far) = TcpStream::connect(authority(to)).await else {
        return;
    };
    let (near, far) = (near.into_split(), far.into_split());
    tokio::select! {
        () = pipe(near.0, far.1, traffic.clone(), Traffic::Flows) => {}
        () = pipe(far.0, near.1, traffic, Traffic::LosesAnswers) => {}
    }
}

/// Carries one way, and ends where that meets what it ends by.
async fn pipe(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut traffic: watch::Receiver<Traffic>,
    ends_by: Traffic,
) {
    let mut bytes = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        let flows = traffic.wait_for(|now| *now != Traffic::Silent).await;
        let flows = flows.map(|now| *now);
        let ends = flows.is_ok_and(|now| now == Traffic::LosesAnswers && now == ends_by);
        if ends || to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}
