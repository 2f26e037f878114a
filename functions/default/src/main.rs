//! The `default` function as a Lambda.

use heliograph_default::handle;
use heliograph_lambda::runtime::{Error, Uses, serve};
use std::convert::Infallible;

fn main() -> Result<(), Error> {
    serve(Uses::default(), |app, cx, event| {
        Box::pin(async move { Ok::<_, Infallible>(handle(app, cx, event)) })
    })
}
