//! A deployment to run a scenario on.

use crate::{Aws, OneMachine, Person, Site};
use std::sync::Arc;

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

    /// Registers somebody.
    pub async fn person(&self, name: &str) -> Person {
        Person::register(self.site(), name).await
    }
}
