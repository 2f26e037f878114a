//! The `authorizer` function as a Lambda.

use heliograph_authorizer::handle;
use heliograph_domain::store::Table;
use heliograph_lambda::runtime::{Error, Keys, serve};

#[tokio::main]
async fn main() -> Result<(), Error> {
    serve(Keys::Needed, Some(Table::Users), |app, cx, event| {
        Box::pin(handle(app, cx, event))
    })
    .await
}
