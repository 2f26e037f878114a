//! The `default` function as a Lambda.

use heliograph_default::handle;
use heliograph_lambda::runtime::{Error, Keys, serve};
use std::convert::Infallible;

#[tokio::main]
async fn main() -> Result<(), Error> {
    serve(Keys::Unneeded, None, |app, cx, event| {
        Box::pin(async move { Ok::<_, Infallible>(handle(app, cx, event)) })
    })
    .await
}
