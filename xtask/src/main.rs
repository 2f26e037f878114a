//! Chores of this repository, in Rust so that they need nothing else.
//!
//! `cargo run -p xtask -- asyncapi` writes `docs/asyncapi.yaml` and `docs/schema/` from the types of
//! `shared/protocol`; with `--check` it only says whether they are what it would write.
//! `cargo run -p xtask -- bindgen MODULE.wasm FOLDER` makes of what cargo built for `wasm32-unknown-unknown`
//! what a browser imports.

#![expect(clippy::print_stdout, reason = "a command line tool")]

mod asyncapi;
mod examples;
mod http;
mod layers;
mod schemas;
mod socket;
mod yaml;

use std::{env, fs, path::Path};

use anyhow::{Context, Result, bail, ensure};

fn main() -> Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match arguments
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["asyncapi"] => write(),
        ["asyncapi", "--check"] => check(),
        ["bindgen", module, folder] => bindgen(module, folder),
        _ => bail!("usage: cargo run -p xtask -- asyncapi [--check] | bindgen MODULE.wasm FOLDER"),
    }
}

/// A generated file: its path in the repository, and what should be in it.
type Generated = (&'static str, String);

fn generate() -> Result<[Generated; 2]> {
    let sections = asyncapi::sections()?;
    let bundle = schemas::bundle(&sections)?;
    Ok([
        ("docs/asyncapi.yaml", yaml::write(&sections)),
        (
            "docs/schema/protocol.json",
            serde_json::to_string_pretty(&bundle)? + "\n",
        ),
    ])
}

fn write() -> Result<()> {
    for (path, text) in generate()? {
        let file = repository().join(path);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(file, text).with_context(|| format!("failed to write {path}"))?;
        println!("wrote {path}");
    }
    Ok(())
}

fn check() -> Result<()> {
    for (path, text) in generate()? {
        let present = fs::read_to_string(repository().join(path))
            .with_context(|| format!("failed to read {path}"))?;
        ensure!(
            present == text,
            "{path} is stale: run `cargo run -p xtask -- asyncapi`"
        );
    }
    Ok(())
}

/// Does what the program `wasm-bindgen` does, of the version that the workspace has.
fn bindgen(module: &str, folder: &str) -> Result<()> {
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen
        .input_path(module)
        .web(true)?
        .omit_default_module_path(false)
        .typescript(false);
    bindgen
        .generate(folder)
        .with_context(|| format!("failed to make {folder} of {module}"))
}

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_documents_are_those_of_the_types() {
        super::check().unwrap();
    }
}
