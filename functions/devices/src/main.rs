//! The `devices` function as a Lambda.

use heliograph_devices::handle;
use heliograph_domain::store::Table;
use heliograph_lambda::runtime::{Error, Uses, serve};
use std::convert::Infallible;

fn main() -> Result<(), Error> {
    let uses = Uses {
        table: Some(Table::Users),
        keys: true,
        posts: true,
        wakes: true,
        files: false,
    };
    serve(uses, |app, cx, event| {
        Box::pin(async move { Ok::<_, Infallible>(handle(app, cx, event).await) })
    })
}
