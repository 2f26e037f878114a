//! The `send` function as a Lambda.

use heliograph_domain::store::Table;
use heliograph_lambda::runtime::{Error, Keys, serve};
use heliograph_send::handle;
use std::convert::Infallible;

#[tokio::main]
async fn main() -> Result<(), Error> {
    serve(Keys::Needed, Some(Table::Users), |app, cx, event| {
        Box::pin(async move { Ok::<_, Infallible>(handle(app, cx, event).await) })
    })
    .await
}
