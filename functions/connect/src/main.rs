//! The `connect` function as a Lambda.

use heliograph_connect::handle;
use heliograph_domain::store::Table;
use heliograph_lambda::runtime::{Error, Keys, serve};
use std::convert::Infallible;

#[tokio::main]
async fn main() -> Result<(), Error> {
    serve(Keys::Unneeded, Some(Table::Users), |app, cx, event| {
        Box::pin(async move { Ok::<_, Infallible>(handle(app, cx, event).await) })
    })
    .await
}
