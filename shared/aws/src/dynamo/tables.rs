//! What the tables are called.

use heliograph_domain::store::Table;
use std::collections::BTreeMap;

/// The names of the tables in DynamoDB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableNames {
    names: BTreeMap<Table, String>,
}

impl TableNames {
    /// Asks for the name of each table.
    pub fn new(name: impl Fn(Table) -> String) -> Self {
        Self {
            names: Table::ALL
                .into_iter()
                .map(|table| (table, name(table)))
                .collect(),
        }
    }

    /// Calls each table by its own name behind a prefix: `prefix` `heliograph-` makes
    /// `heliograph-users`.
    pub fn prefixed(prefix: &str) -> Self {
        Self::new(|table| format!("{prefix}{}", table.name()))
    }

    /// The name of a table.
    pub fn name(&self, table: Table) -> &str {
        self.names.get(&table).map_or(table.name(), String::as_str)
    }

    /// The table that has a name.
    pub fn table(&self, name: &str) -> Option<Table> {
        self.names
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(table, _)| *table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_tables() {
        let names = TableNames::prefixed("test-");
        assert_eq!(names.name(Table::Users), "test-users");
        for table in Table::ALL {
            assert_eq!(names.table(names.name(table)), Some(table));
        }
        assert_eq!(names.table("users"), None);
    }
}
