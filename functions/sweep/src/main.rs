//! The `sweep` function as a Lambda.

use heliograph_domain::store::Table;
use heliograph_lambda::runtime::{Error, Uses, serve};
use heliograph_sweep::{Tick, handle};

fn main() -> Result<(), Error> {
    let uses = Uses {
        table: Some(Table::Users),
        keys: true,
        ..Uses::default()
    };
    serve(uses, |app, cx, tick: Tick| Box::pin(handle(app, cx, tick)))
}
