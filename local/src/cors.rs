//! What pages of any origin may ask and see. Tokens travel in headers, never in cookies, so no page gains by it.

use crate::http::Answer;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderValue,
};

/// Is a rule, with lists of names that have commas between them.
pub(crate) struct Cors {
    pub(crate) methods: &'static str,
    pub(crate) headers: &'static str,
    /// Which headers of an answer a page sees besides those that it always does.
    pub(crate) exposed: Option<&'static str>,
    pub(crate) max_age_s: &'static str,
}

impl Cors {
    /// Says so in an answer, of whatever kind.
    pub(crate) fn allow(&self, mut answer: Answer) -> Answer {
        let headers = answer.headers_mut();
        let mut say = |name, value| headers.insert(name, HeaderValue::from_static(value));
        say(ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        say(ACCESS_CONTROL_ALLOW_METHODS, self.methods);
        say(ACCESS_CONTROL_ALLOW_HEADERS, self.headers);
        say(ACCESS_CONTROL_MAX_AGE, self.max_age_s);
        if let Some(exposed) = self.exposed {
            say(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
        answer
    }
}
