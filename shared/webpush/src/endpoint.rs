//! The URL that a push service gave to a browser.

use hyper::Uri;

/// The longest URL read, in bytes; the longest known ones (of Windows' service) have under 1000.
const MAX_BYTES: usize = 2048;

/// An absolute `http` or `https` URL without user, fragment or anything to normalise.
///
/// It is parsed once, by the parser whose result is connected to: no two opinions on its host.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(crate) uri: Uri,
    pub(crate) https: bool,
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Endpoint {
    /// Reads a URL as a browser writes it: scheme and host in lower case, all of it ASCII.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (https, authority) = match text.split_once("://")? {
            ("https", rest) => (true, rest),
            ("http", rest) => (false, rest),
            _ => return None,
        };
        let strange = |byte: u8| !byte.is_ascii_graphic() || matches!(byte, b'#' | b'\\');
        if text.len() > MAX_BYTES || text.bytes().any(strange) {
            return None;
        }
        let uri: Uri = text.parse().ok()?;
        let written = uri.authority()?.as_str();
        let host = uri.host()?.to_owned();
        let port = uri.port_u16();
        let understood = match port {
            Some(port) => format!("{host}:{port}"),
            None => host.clone(),
        };
        let plain = understood == written && authority.starts_with(written);
        let lower = !host.bytes().any(|byte| byte.is_ascii_uppercase());
        (plain && lower && !host.is_empty()).then_some(Self {
            port: port.unwrap_or(default_port(https)),
            uri,
            https,
            host,
        })
    }

    /// The scheme, host and, where it is not the scheme's own, port ([RFC 6454, section 6.2]).
    ///
    /// [RFC 6454, section 6.2]: https://www.rfc-editor.org/rfc/rfc6454#section-6.2
    pub(crate) fn origin(&self) -> String {
        let scheme = if self.https { "https" } else { "http" };
        if self.port == default_port(self.https) {
            format!("{scheme}://{}", self.host)
        } else {
            format!("{scheme}://{}:{}", self.host, self.port)
        }
    }
}

fn default_port(https: bool) -> u16 {
    if https { 443 } else { 80 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_leaves_out_the_port_of_its_scheme() {
        let origin = |text| Endpoint::parse(text).map(|endpoint| endpoint.origin());
        assert_eq!(
            origin("https://a.example/b?c").unwrap(),
            "https://a.example"
        );
        assert_eq!(
            origin("https://a.example:443/").unwrap(),
            "https://a.example"
        );
        assert_eq!(origin("http://a.example:80").unwrap(), "http://a.example");
        assert_eq!(
            origin("http://127.0.0.1:8080/x").unwrap(),
            "http://127.0.0.1:8080"
        );
        assert_eq!(origin("https://[::1]:80/x").unwrap(), "https://[::1]:80");
    }

    #[test]
    fn what_no_browser_writes_is_no_endpoint() {
        for text in [
            "",
            "a.example",
            "//a.example/",
            "/path",
            "https:a.example",
            "https:///path",
            "https://",
            "https://:443/",
            "https://a.example:/",
            "https://a.example:0443/",
            "https://a.example:443:443/",
            "https://a.example:99999/",
            "https://user@a.example/",
            "https://user:word@a.example/",
            "https://@a.example/",
            "https://a.example#.b.example/",
            "https://a.example\\.b.example/",
            "https://a.example /",
            "https://a.example/\r\nHost: b.example",
            "https://A.example/",
            "HTTPS://a.example/",
            "https://ä.example/",
            "https://a。example/",
            "ftp://a.example/",
            "javascript://a.example/",
        ] {
            assert!(Endpoint::parse(text).is_none(), "{text:?} is taken");
        }
        let long = format!("https://a.example/{}", "x".repeat(MAX_BYTES));
        assert!(Endpoint::parse(&long).is_none());
    }
}
