//! The `sweep` function as a Lambda.

use heliograph_domain::store::Table;
use heliograph_lambda::runtime::{Error, Keys, serve};
use heliograph_sweep::{Tick, handle};

#[tokio::main]
async fn main() -> Result<(), Error> {
    serve(Keys::Unneeded, Some(Table::Users), |app, cx, tick: Tick| {
        Box::pin(async move { handle(app, cx, tick).await })
    })
    .await
}
