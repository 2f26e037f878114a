//! Conditions and updates in DynamoDB's expression language.
//!
//! Every name goes through a placeholder, since DynamoDB reserves [573 words].
//!
//! [573 words]: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html

use super::attributes::{EXPIRES_AT, PARTITION, RESERVED, from_field, number};
use aws_sdk_dynamodb::types::AttributeValue;
use heliograph_domain::store::{Condition, Update};
use std::collections::HashMap;
use std::fmt::Write as _;

/// Stands in for the time of the invocation, which a request may name more than once.
const NOW: &str = ":now";

/// Names by placeholder.
pub(super) type Names = HashMap<String, String>;
/// Values by placeholder.
pub(super) type Values = HashMap<String, AttributeValue>;

/// The placeholders of one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Placeholders {
    names: Names,
    values: Values,
}

impl Placeholders {
    /// Stands in for a name.
    pub(super) fn name(&mut self, name: &str) -> String {
        let known = self.names.iter().find(|(_, known)| *known == name);
        if let Some((placeholder, _)) = known {
            return placeholder.clone();
        }
        let placeholder = format!("#{}", self.names.len());
        self.names.insert(placeholder.clone(), name.to_owned());
        placeholder
    }

    /// Stands in for a value.
    pub(super) fn value(&mut self, value: AttributeValue) -> String {
        let placeholder = format!(":{}", self.values.len());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }

    /// Ends the request: DynamoDB takes no empty maps.
    pub(super) fn finish(self) -> (Option<Names>, Option<Values>) {
        let names = Some(self.names).filter(|names| !names.is_empty());
        let values = Some(self.values).filter(|values| !values.is_empty());
        (names, values)
    }

    /// Writes a condition for an item of which an expired one counts as absent.
    pub(super) fn condition(&mut self, condition: &Condition, now_s: u64) -> Option<String> {
        Some(match condition {
            Condition::None => return None,
            Condition::Absent => {
                let partition = self.name(PARTITION);
                format!(
                    "(attribute_not_exists({partition}) OR {})",
                    self.expired(now_s)
                )
            }
            Condition::Present => {
                let partition = self.name(PARTITION);
                format!(
                    "(attribute_exists({partition}) AND {})",
                    self.unexpired(now_s)
                )
            }
            Condition::Equals(fields) => {
                let mut all = String::new();
                for (name, value) in fields {
                    let (name, value) = (self.name(name), self.value(from_field(value)));
                    // Writing to a string cannot fail.
                    let _ = write!(all, "{name} = {value} AND ");
                }
                format!("({all}{})", self.unexpired(now_s))
            }
            Condition::Lacks(name) => {
                let name = self.name(name);
                format!("(attribute_not_exists({name}) OR {})", self.expired(now_s))
            }
        })
    }

    /// Writes a condition, and that no expired item is there: an update would keep what is left of
    /// it.
    pub(super) fn condition_of_update(&mut self, condition: &Condition, now_s: u64) -> String {
        match self.condition(condition, now_s) {
            None => self.unexpired(now_s),
            Some(condition) => format!("{condition} AND {}", self.unexpired(now_s)),
        }
    }

    /// Writes a condition that holds for any item and for none.
    pub(super) fn anything(&mut self) -> String {
        let partition = self.name(PARTITION);
        format!("attribute_exists({partition}) OR attribute_not_exists({partition})")
    }

    /// Writes an update; `None` when it only makes sure that there is an item.
    pub(super) fn update(&mut self, update: &Update) -> Option<String> {
        let mut set = Vec::new();
        for (name, value) in &update.set {
            set.push(format!(
                "{} = {}",
                self.name(name),
                self.value(from_field(value))
            ));
        }
        if let Some(at) = update.expires_at_s {
            set.push(format!(
                "{} = {}",
                self.name(EXPIRES_AT),
                self.value(number(at))
            ));
        }
        // No item has a field of a reserved name, so there is nothing to take away.
        let remove = update
            .remove
            .iter()
            .filter(|name| !RESERVED.contains(&&***name));
        let remove: Vec<String> = remove.map(|name| self.name(name)).collect();
        let mut add = Vec::new();
        for (name, by) in &update.add {
            add.push(format!("{} {}", self.name(name), self.value(number(by))));
        }
        let mut expression = String::new();
        for (clause, parts) in [("SET", set), ("REMOVE", remove), ("ADD", add)] {
            if !parts.is_empty() {
                // Writing to a string cannot fail.
                let _ = write!(expression, "{clause} {} ", parts.join(", "));
            }
        }
        Some(expression).filter(|expression| !expression.is_empty())
    }

    /// Writes an update that changes nothing, where DynamoDB wants one: it removes what no item has.
    pub(super) fn update_of_nothing(&mut self) -> String {
        format!("REMOVE {}", self.name("\0"))
    }

    fn now(&mut self, now_s: u64) -> &'static str {
        self.values.insert(NOW.to_owned(), number(now_s));
        NOW
    }

    fn expired(&mut self, now_s: u64) -> String {
        let (name, now) = (self.name(EXPIRES_AT), self.now(now_s));
        format!("{name} <= {now}")
    }

    fn unexpired(&mut self, now_s: u64) -> String {
        let (name, now) = (self.name(EXPIRES_AT), self.now(now_s));
        format!("(attribute_not_exists({name}) OR {name} > {now})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heliograph_domain::store::Field;

    #[test]
    fn a_condition_knows_no_word_of_dynamodb() {
        let mut placeholders = Placeholders::default();
        let condition = Condition::equals("status", Field::Int(7));
        let written = placeholders.condition_of_update(&condition, 1000);
        assert_eq!(
            written,
            "(#0 = :0 AND (attribute_not_exists(#1) OR #1 > :now)) \
             AND (attribute_not_exists(#1) OR #1 > :now)"
        );
        let (names, values) = placeholders.finish();
        let names = names.unwrap();
        assert_eq!(
            (names["#0"].as_str(), names["#1"].as_str()),
            ("status", "expires_at")
        );
        let values = values.unwrap();
        assert_eq!(
            (&values[":0"], &values[":now"]),
            (&number(7), &number(1000))
        );
    }

    #[test]
    fn an_update_has_a_clause_of_each_kind() {
        let update = Update::default()
            .set("name", Field::Text("a".into()))
            .remove("old")
            .remove("expires_at")
            .add("count", -2)
            .expiring(5);
        let written = Placeholders::default().update(&update);
        assert_eq!(
            written.as_deref(),
            Some("SET #0 = :0, #1 = :1 REMOVE #2 ADD #3 :2 ")
        );
        assert_eq!(Placeholders::default().update(&Update::default()), None);
    }

    #[test]
    fn no_placeholders_are_no_maps() {
        assert_eq!(Placeholders::default().finish(), (None, None));
    }
}
