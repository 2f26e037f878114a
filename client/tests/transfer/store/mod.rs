//! A store of files over HTTP, and the service that says where they go: as the real ones, but that they
//! do what a test tells them to.

mod http;
mod service;
mod world;

pub(crate) use service::Service;
pub(crate) use world::{Trouble, World};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// A store that is there as long as this is.
pub(crate) struct Store {
    pub(crate) world: Arc<World>,
    _serving: JoinSet<()>,
}

impl Store {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let world = Arc::new(World::new(listener.local_addr().unwrap()));
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, Arc::clone(&world)));
        Self {
            world,
            _serving: serving,
        }
    }

    /// The service, as a device sees it.
    pub(crate) fn service(&self) -> Service {
        Service(Arc::clone(&self.world))
    }
}

async fn serve(listener: TcpListener, world: Arc<World>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let world = Arc::clone(&world);
        let answer = service_fn(move |request| http::answer(Arc::clone(&world), request));
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
        connections.spawn(async {
            // It ends with an error where a test cuts it.
            _ = connection.await;
        });
    }
}
