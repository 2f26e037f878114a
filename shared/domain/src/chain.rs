//! Errors as the log tells them.

use std::error::Error;

/// Writes an error and its causes, outermost first, for the log; clients never see it.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{StoreError, StoreErrorKind};

    #[test]
    fn causes_follow_what_they_caused() {
        let disk = std::io::Error::other("disk on fire");
        let error = StoreError::because(StoreErrorKind::Unavailable, disk);
        assert_eq!(chain(&error), "store unavailable: disk on fire");
    }
}
