//! A deployment to run a scenario on.

use crate::{Aws, OneMachine, Person, Site};
use heliograph_protocol::request::{PushTarget, WebPushKeys};
use heliograph_webpush::testing::{Browser, Service};
use hyper::body::Bytes;
use std::sync::Arc;
use tokio::net::TcpListener;

/// One machine or AWS: a scenario need not know which.
#[derive(Debug)]
pub enum Deployment {
    /// A `heliographd` of this scenario's own.
    OneMachine(OneMachine),
    /// The stack of `deploy/aws-up.sh`, which other scenarios use at the same time.
    Aws(Aws),
}

impl Deployment {
    /// Starts `heliographd`.
    pub async fn one_machine() -> Self {
        Self::OneMachine(OneMachine::start(&["--dev", "--no-limits"]).await)
    }

    /// Finds the stack.
    pub fn aws() -> Self {
        Self::Aws(Aws::find())
    }

    /// Where it answers.
    pub fn site(&self) -> &Arc<Site> {
        match self {
            Self::OneMachine(machine) => machine.site(),
            Self::Aws(aws) => aws.site(),
        }
    }

    /// A browser's way to be woken, by an address that the deployment may post to.
    pub fn push_target(&self, name: &str) -> PushTarget {
        let address = match self {
            Self::OneMachine(machine) => machine.push_address(),
            Self::Aws(aws) => aws.push_address(),
        };
        let endpoint = format!("http://{address}/wpush/v2/{name}");
        let (p256dh, auth) = Browser::new().keys();
        PushTarget::Web {
            endpoint,
            keys: WebPushKeys { p256dh, auth },
        }
    }

    /// Starts a push service where the deployment may post to; there is one at a time.
    pub async fn push_service(&self) -> Service {
        let listener = match self {
            Self::OneMachine(machine) => machine.push_listener(),
            Self::Aws(aws) => {
                let listener = TcpListener::bind(aws.push_address()).await;
                listener.expect("nobody else listens there")
            }
        };
        Service::on(listener, 201, &[], Bytes::new())
    }

    /// Registers somebody.
    pub async fn person(&self, name: &str) -> Person {
        Person::register(self.site(), name).await
    }
}
