//! Cuts an XML stream into its top-level elements, without reading more of it than tags.

use memchr::memchr;

/// Where the cutting stands in a buffer that grows at its end.
#[derive(Default)]
pub(super) struct Framer {
    at: usize,
    depth: usize,
    start: usize,
}

impl Framer {
    /// The start and end of the next complete top-level element. The stream's own end tag counts as
    /// one; its start tag and the XML declaration do not.
    pub(super) fn next(&mut self, b: &[u8]) -> Option<(usize, usize)> {
        loop {
            let open = self.at + memchr(b'<', &b[self.at..])?;
            let Some(close) = memchr(b'>', &b[open..]) else {
                self.at = open;
                return None;
            };
            let end = open + close + 1;
            self.at = end;
            if let Some(start) = self.tag(&b[open..end], open) {
                return Some((start, end));
            }
        }
    }

    /// Takes one tag in; returns where the element began that ends with it.
    fn tag(&mut self, tag: &[u8], open: usize) -> Option<usize> {
        if tag.starts_with(b"<?") || tag.starts_with(b"<stream:stream") {
            return None;
        }
        if self.depth == 0 {
            self.start = open;
        }
        if tag.starts_with(b"</") {
            self.depth = self.depth.saturating_sub(1);
        } else if !tag.ends_with(b"/>") {
            self.depth += 1;
        }
        (self.depth == 0).then_some(self.start)
    }

    /// The first `n` bytes of the buffer are gone.
    pub(super) fn consumed(&mut self, n: usize) {
        self.at -= n;
        self.start = self.start.saturating_sub(n);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &[u8] = b"<?xml version='1.0'?><stream:stream to='x'>\
        <a h='1'/><message><body>hi</body><x/></message> <r/></stream:stream>";

    #[test]
    fn elements_are_whole_however_they_arrive() {
        for step in [1, 5, STREAM.len()] {
            let (mut framer, mut buf, mut found) = (Framer::default(), Vec::new(), Vec::new());
            for part in STREAM.chunks(step) {
                buf.extend_from_slice(part);
                while let Some((start, end)) = framer.next(&buf) {
                    found.push(String::from_utf8(buf[start..end].to_vec()).unwrap());
                    buf.drain(..end);
                    framer.consumed(end);
                }
            }
            let want = [
                "<a h='1'/>",
                "<message><body>hi</body><x/></message>",
                "<r/>",
                "</stream:stream>",
            ];
            assert_eq!(found, want, "in steps of {step}");
        }
    }
}
