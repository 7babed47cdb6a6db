//! The outline of a JSON text that may be cut off: which objects it holds and what their members are called. Enough to tell
//! what a file is from its first bytes; the readers have the last word on whether it is JSON.

/// A member's name, with the object it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// Brackets open around it.
    pub depth: usize,
    /// Number of its object, in the order in which objects begin.
    pub object: usize,
    /// Name as written, without its quotes.
    pub name: &'a str,
    /// Its value where that is a text, as written, without its quotes.
    pub text: Option<&'a str>,
}

/// Members of all objects of a text, as far as it goes.
pub fn members(text: &str) -> Vec<Member<'_>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    // Number of the object for each open bracket; a list has none.
    let mut open: Vec<Option<usize>> = Vec::new();
    let mut objects = 0;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' => {
                open.push(Some(objects));
                objects += 1;
                at += 1;
            }
            b'[' => {
                open.push(None);
                at += 1;
            }
            b'}' | b']' => {
                open.pop();
                at += 1;
            }
            b'"' => {
                let Some((name, behind)) = quoted(text, at) else { return found };
                at = behind;
                let after = skip_space(bytes, at);
                if bytes.get(after) == Some(&b':')
                    && let Some(Some(object)) = open.last()
                {
                    let value = skip_space(bytes, after + 1);
                    let text = if bytes.get(value) == Some(&b'"') { quoted(text, value) } else { None };
                    let member = Member { depth: open.len(), object: *object, name, text: text.map(|(text, _)| text) };
                    found.push(member);
                    at = text.map_or(value, |(_, behind)| behind);
                }
            }
            _ => at += 1,
        }
    }
    found
}

/// Names of the members of the first object at a depth.
pub fn first_names<'a>(members: &[Member<'a>], depth: usize) -> Vec<&'a str> {
    let Some(first) = members.iter().find(|member| member.depth == depth) else { return Vec::new() };
    let of_first = |member: &&Member<'a>| member.depth == depth && member.object == first.object;
    members.iter().filter(of_first).map(|member| member.name).collect()
}

fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

/// The text between the quotes that begin at `at`, and the place behind them; `None` where they are not closed.
fn quoted(text: &str, at: usize) -> Option<(&str, usize)> {
    let bytes = text.as_bytes();
    let mut end = at + 1;
    loop {
        match bytes.get(end)? {
            b'"' => return Some((text.get(at + 1..end)?, end + 1)),
            b'\\' => end += 2,
            _ => end += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_told_from_texts_and_by_their_object() {
        let text = r#"[{"a": "x:\"y\"", "b": {"c": ["d", {"e": 1}]}}, {"a" : 2}"#;
        let found: Vec<_> = members(text).iter().map(|it| (it.depth, it.object, it.name, it.text)).collect();
        assert_eq!(
            found,
            [
                (2, 0, "a", Some("x:\\\"y\\\"")),
                (2, 0, "b", None),
                (3, 1, "c", None),
                (5, 2, "e", None),
                (2, 3, "a", None)
            ]
        );
        assert_eq!(first_names(&members(text), 2), ["a", "b"]);
    }

    #[test]
    fn a_cut_text_gives_what_was_whole() {
        let text = r#"{"count": 1, "results": [{"id": "x", "fi"#;
        assert_eq!(first_names(&members(text), 1), ["count", "results"]);
        assert_eq!(first_names(&members(text), 3), ["id"]);
        for end in 0..text.len() {
            members(&text[..end]);
        }
    }
}
