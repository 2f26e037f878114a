//! One scenario, two deployments.

use std::time::Duration;
use tokio::time::timeout;

/// Makes two tests of each `async fn name(stack: Deployment)`: `one_machine::name` and, with the
/// feature `aws`, `aws::name`.
#[macro_export]
macro_rules! scenarios {
    ($($name:ident),+ $(,)?) => {
        mod one_machine {$(
            #[tokio::test]
            async fn $name() {
                let stack = $crate::Deployment::one_machine().await;
                $crate::within_reason(super::$name(stack)).await;
            }
        )+}

        #[cfg(feature = "aws")]
        mod aws {$(
            #[tokio::test]
            async fn $name() {
                let stack = $crate::Deployment::aws();
                $crate::within_reason(super::$name(stack)).await;
            }
        )+}
    };
}

/// Every wait of a scenario has an end; so has the whole of it.
pub async fn within_reason(scenario: impl Future<Output = ()>) {
    let limit = Duration::from_secs(900);
    let done = timeout(limit, scenario).await;
    done.unwrap_or_else(|_| panic!("the scenario is not done in {limit:?}"));
}
