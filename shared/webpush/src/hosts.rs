//! Which push services may be posted to.

use crate::endpoint::Endpoint;

/// The push services of the browsers in use: of Chromium, Safari, Firefox and Windows.
const KNOWN: [&str; 4] = [
    "fcm.googleapis.com",
    "*.push.apple.com",
    "*.push.services.mozilla.com",
    "*.notify.windows.com",
];

/// The push services that may be posted to.
///
/// An endpoint is whatever a client says it is. Without this list, a server would post to any
/// machine that it can reach and a client can name.
#[derive(Clone, Debug)]
pub struct Hosts(Vec<Rule>);

impl Hosts {
    /// The push services of Chromium, Safari, Firefox and Windows.
    pub fn known() -> Self {
        Self(KNOWN.iter().filter_map(|host| Rule::parse(host)).collect())
    }

    /// Adds the host of another push service.
    ///
    /// It is `host` or `host:port` (443 when not given) over https, where `*.host` stands for every
    /// name below it. `http://host:port` permits http, to exactly that host and port: for a service
    /// on the same machine.
    ///
    /// # Errors
    /// [`HostError`] when it is none of these, or not in lower-case ASCII.
    pub fn and(mut self, host: &str) -> Result<Self, HostError> {
        self.0.push(Rule::parse(host).ok_or(HostError)?);
        Ok(self)
    }

    /// Tells whether an endpoint may be posted to.
    ///
    /// What no browser writes is not: a user, a fragment, a trailing dot, upper case, what is not
    /// ASCII.
    pub fn permits(&self, endpoint: &str) -> bool {
        self.admit(endpoint).is_some()
    }

    /// Parses an endpoint that may be posted to.
    pub(crate) fn admit(&self, endpoint: &str) -> Option<Endpoint> {
        Endpoint::parse(endpoint).filter(|parsed| self.0.iter().any(|rule| rule.permits(parsed)))
    }
}

/// A failure to read the name of a push service's host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not host, host:port, *.host or http://host:port in lower case")]
pub struct HostError;

#[derive(Clone, Debug)]
struct Rule {
    https: bool,
    host: String,
    port: u16,
    below: bool,
}

impl Rule {
    fn parse(text: &str) -> Option<Self> {
        let (below, name) = match text.strip_prefix("*.") {
            Some(name) => (true, name),
            None => (false, text),
        };
        let url = match name.strip_prefix("http://") {
            Some(_) if below => return None,
            Some(_) => name.to_owned(),
            None => format!("https://{name}"),
        };
        let written = Endpoint::parse(&url)?;
        let only_host = !name.trim_start_matches("http://").contains(['/', '?', '*']);
        only_host.then_some(Self {
            https: written.https,
            host: written.host,
            port: written.port,
            below,
        })
    }

    fn permits(&self, endpoint: &Endpoint) -> bool {
        let host = if self.below {
            is_below(&endpoint.host, &self.host)
        } else {
            endpoint.host == self.host
        };
        host && endpoint.https == self.https && endpoint.port == self.port
    }
}

/// Tells whether a host is a domain name under `parent`, of well-formed labels.
fn is_below(host: &str, parent: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    host.strip_suffix(parent)
        .and_then(|rest| rest.strip_suffix('.'))
        .is_some_and(|rest| {
            rest.split('.')
                .all(|label| !label.is_empty() && label.bytes().all(inside))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_services_are_permitted() {
        assert_eq!(Hosts::known().0.len(), KNOWN.len());
        for endpoint in [
            "https://fcm.googleapis.com/fcm/send/fA:APA91b",
            "https://fcm.googleapis.com:443/wp/abc",
            "https://web.push.apple.com/QGzqs",
            "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
            "https://autopush.stage.push.services.mozilla.com/wpush/v1/gAAA",
            "https://wns2-par02p.notify.windows.com/w/?token=BQYAAA%2b%3d",
        ] {
            assert!(Hosts::known().permits(endpoint), "{endpoint}");
        }
    }

    #[test]
    fn nothing_else_is() {
        for endpoint in [
            "http://fcm.googleapis.com/fcm/send/x",
            "http://fcm.googleapis.com:443/fcm/send/x",
            "https://fcm.googleapis.com:8443/fcm/send/x",
            "https://fcm.googleapis.com:80/",
            "https://fcm.googleapis.com./fcm/send/x",
            "https://FCM.googleapis.com/fcm/send/x",
            "https://fcm.googleapis.com.evil.example/",
            "https://evil.example/fcm.googleapis.com",
            "https://evil.example?fcm.googleapis.com",
            "https://evil.example/?https://fcm.googleapis.com/",
            "https://x.fcm.googleapis.com/",
            "https://googleapis.com/",
            "https://fcm.googleapis.com@evil.example/",
            "https://fcm.googleapis.com:443@evil.example/",
            "https://fcm.googleapis.com:pass@evil.example:443/",
            "https://evil.example@fcm.googleapis.com/",
            "https://evil.example#@fcm.googleapis.com/",
            "https://evil.example\\@fcm.googleapis.com/",
            "https://fcm.googleapis.com\\@evil.example/",
            "https://evil.example%2f.push.apple.com/",
            "https://evil.example%00.push.apple.com/",
            "https://evil_example.push.apple.com/",
            "https://push.apple.com/",
            "https://.push.apple.com/",
            "https://web..push.apple.com/",
            "https://webpush.apple.com/",
            "https://evilpush.apple.com/",
            "https://web.push.apple.com./",
            "https://web.push.apple.com.evil.example/",
            "https://notify.windows.com/",
            "https://ｆcm.googleapis.com/",
            "https://fcm。googleapis.com/",
            "https://fcm.googleapis.com\u{200b}/",
            "https://fcm%2egoogleapis.com/",
            " https://fcm.googleapis.com/",
            "https://fcm.googleapis.com\t/",
            "https:fcm.googleapis.com/",
            "//fcm.googleapis.com/",
            "fcm.googleapis.com/",
            "wss://fcm.googleapis.com/",
            "file://fcm.googleapis.com/etc/passwd",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://[::1]/",
            "https://169.254.169.254/latest/meta-data/",
            "",
        ] {
            assert!(!Hosts::known().permits(endpoint), "{endpoint:?}");
        }
    }

    #[test]
    fn what_an_operator_adds_is_permitted_and_no_more() {
        let hosts = ["push.example", "push.example:8443", "*.more.example"]
            .into_iter()
            .chain(["http://127.0.0.1:4321"])
            .try_fold(Hosts::known(), Hosts::and)
            .unwrap();
        for endpoint in [
            "https://push.example/a",
            "https://push.example:8443/a",
            "https://some.more.example/a",
            "http://127.0.0.1:4321/a",
            "https://web.push.apple.com/a",
        ] {
            assert!(hosts.permits(endpoint), "{endpoint}");
        }
        for endpoint in [
            "http://push.example/a",
            "http://push.example:8443/a",
            "https://push.example:8444/a",
            "https://a.push.example/",
            "https://more.example/",
            "https://127.0.0.1:4321/",
            "http://127.0.0.1:4322/",
            "http://127.0.0.1/",
            "http://localhost:4321/",
            "http://127.1:4321/",
            "http://127.0.0.1:4321@evil.example/",
            "http://127.0.0.1:04321/",
        ] {
            assert!(!hosts.permits(endpoint), "{endpoint}");
        }
    }

    #[test]
    fn what_is_no_host_cannot_be_added() {
        for host in [
            "",
            "*",
            "*.",
            "*.*.example",
            "a.*.example",
            "*.http://a.example",
            "https://a.example",
            "http://",
            "a.example/path",
            "a.example?",
            "user@a.example",
            "A.example",
            "a.example:port",
            "ä.example",
        ] {
            assert!(Hosts::known().and(host).is_err(), "{host:?}");
        }
    }
}
