//! The `authorizer` function as a Lambda.

use heliograph_authorizer::handle;
use heliograph_domain::store::Table;
use heliograph_lambda::runtime::{Error, Uses, serve};

fn main() -> Result<(), Error> {
    let uses = Uses {
        table: Some(Table::Users),
        keys: true,
        ..Uses::default()
    };
    serve(uses, |app, cx, event| Box::pin(handle(app, cx, event)))
}
