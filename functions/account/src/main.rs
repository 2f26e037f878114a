//! The `account` function as a Lambda.

use heliograph_account::handle;
use heliograph_domain::store::Table;
use heliograph_lambda::runtime::{Error, Keys, serve};
use std::convert::Infallible;

#[tokio::main]
async fn main() -> Result<(), Error> {
    serve(
        Keys::Needed,
        Some(Table::Registrations),
        |app, cx, event| Box::pin(async move { Ok::<_, Infallible>(handle(app, cx, event).await) }),
    )
    .await
}
