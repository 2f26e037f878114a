//! The `media` function as a Lambda.

use heliograph_domain::store::Table;
use heliograph_lambda::runtime::{Error, Uses, serve};
use heliograph_media::handle;
use std::convert::Infallible;

fn main() -> Result<(), Error> {
    let uses = Uses {
        table: Some(Table::Media),
        keys: true,
        files: true,
        ..Uses::default()
    };
    serve(uses, |app, cx, event| {
        Box::pin(async move { Ok::<_, Infallible>(handle(app, cx, event).await) })
    })
}
