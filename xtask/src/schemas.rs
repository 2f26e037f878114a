//! The schemas of the wire types, as components of the AsyncAPI document.

use anyhow::{Context, Result, ensure};
use heliograph_protocol::request::Request;
use schemars::{
    JsonSchema, SchemaGenerator,
    generate::{Contract, SchemaSettings},
};
use serde_json::{Map, Value, json};

/// Where the document keeps its schemas.
const COMPONENTS: &str = "#/components/schemas/";

/// Collects the schemas of types, each once, and hands out references to them.
pub(crate) struct Schemas {
    /// For what clients write: what has a default need not be there.
    written: SchemaGenerator,
    /// For what clients read: what is always written is always there.
    read: SchemaGenerator,
    /// Those that are made here, of what the types leave out.
    made: Map<String, Value>,
}

impl Schemas {
    pub(crate) fn new() -> Self {
        let generator = |contract| {
            SchemaSettings::draft07()
                .with(|settings| {
                    settings.definitions_path = COMPONENTS.trim_start_matches('#').into();
                    settings.contract = contract;
                    settings.meta_schema = None;
                })
                .into_generator()
        };
        Self {
            written: generator(Contract::Deserialize),
            read: generator(Contract::Serialize),
            made: Map::new(),
        }
    }

    /// Refers to the schema of something that clients write.
    pub(crate) fn written<T: JsonSchema>(&mut self) -> Value {
        self.written.subschema_for::<T>().to_value()
    }

    /// Refers to the schema of something that clients read.
    pub(crate) fn read<T: JsonSchema>(&mut self) -> Value {
        self.read.subschema_for::<T>().to_value()
    }

    /// Gives the schemas of the fields of something that clients read, each of which is always there.
    pub(crate) fn fields<T: JsonSchema>(&mut self) -> Result<Map<String, Value>> {
        let mut schema = T::json_schema(&mut self.read);
        for transform in self.read.transforms_mut() {
            transform.transform(&mut schema);
        }
        let schema = schema.to_value();
        let fields = schema["properties"].as_object();
        let fields = fields.context("an object has fields")?;
        let required = schema["required"].as_array().map_or(0, Vec::len);
        ensure!(
            required == fields.len(),
            "{} may lack a field",
            T::schema_name()
        );
        Ok(fields.clone())
    }

    /// Refers to the schema of a request: the type's, and its `action`.
    pub(crate) fn request<R: Request + JsonSchema>(&mut self) -> Result<Value> {
        let mut schema = R::json_schema(&mut self.written);
        for transform in self.written.transforms_mut() {
            transform.transform(&mut schema);
        }
        let mut schema = schema.to_value();
        schema["properties"]["action"] = json!({"const": R::ACTION});
        let required = schema["required"].as_array_mut();
        required
            .context("a request has an id")?
            .insert(0, "action".into());
        self.make(&format!("{}Request", R::schema_name()), schema)
    }

    /// Refers to a schema that is made here.
    pub(crate) fn make(&mut self, name: &str, schema: Value) -> Result<Value> {
        let former = self.made.insert(name.to_owned(), schema);
        ensure!(former.is_none(), "there are two schemas {name}");
        Ok(json!({"$ref": format!("{COMPONENTS}{name}")}))
    }

    /// Gives all of them, by name.
    pub(crate) fn into_components(mut self) -> Result<Map<String, Value>> {
        let mut all = self.made;
        for generator in [&mut self.written, &mut self.read] {
            for (name, schema) in generator.take_definitions(true) {
                let former = all.insert(name.clone(), schema.clone());
                let same = former.is_none_or(|former| former == schema);
                ensure!(same, "{name} differs between what clients read and write");
            }
        }
        all.values_mut().for_each(tidy);
        Ok(all)
    }
}

/// Turns Rust's documentation into a client developer's: no links into the crate, no line breaks
/// but between paragraphs; and drops what only Rust cares about.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::String(description)) = fields.get_mut("description") {
                let paragraphs = description
                    .split("\n\n")
                    .map(|it| unlinked(&it.replace('\n', " ")));
                *description = paragraphs.collect::<Vec<_>>().join("\n\n");
            }
            // Times and counters do not fit in JavaScript's integers either; the size is not said.
            fields.retain(|name, value| name != "format" || value == "uuid");
            fields.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// Replaces rustdoc's links by their words.
fn unlinked(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once("[`") {
        let Some((word, after)) = link.split_once("`]") else {
            break;
        };
        out.push_str(before);
        out.push_str(word);
        rest = match after.strip_prefix('(').and_then(|it| it.split_once(')')) {
            Some((_, after)) => after,
            None => after,
        };
    }
    out + rest
}

/// Makes a JSON Schema file of the document's schemas, for tools that know no AsyncAPI.
pub(crate) fn bundle(sections: &[(&str, Value)]) -> Result<Value> {
    let components = sections.iter().find(|(name, _)| *name == "components");
    let (_, components) = components.context("there are components")?;
    let definitions = components["schemas"]
        .to_string()
        .replace(COMPONENTS, "#/definitions/");
    Ok(json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Heliograph wire protocol, version 1",
        "description": "Generated by `cargo run -p xtask -- asyncapi`; do not edit.",
        "definitions": serde_json::from_str::<Value>(&definitions)?,
    }))
}

#[cfg(test)]
mod tests {
    use super::unlinked;

    #[test]
    fn links_become_words() {
        let text = "Answered with [`SendOk`](crate::reply::SendOk), see [`Ack`]: `limit` [x].";
        assert_eq!(
            unlinked(text),
            "Answered with SendOk, see Ack: `limit` [x]."
        );
    }
}
