//! The `fanout` function as a Lambda.

use heliograph_domain::store::Table;
use heliograph_fanout::handle;
use heliograph_lambda::runtime::{Error, Uses, serve};
use std::convert::Infallible;

fn main() -> Result<(), Error> {
    let uses = Uses {
        table: Some(Table::Deliveries),
        keys: true,
        posts: true,
        ..Uses::default()
    };
    serve(uses, |app, cx, event| {
        Box::pin(async move { Ok::<_, Infallible>(handle(app, cx, event).await) })
    })
}
