//! `{{name}}` in texts: finding the names and putting values in their place.

/// A piece of a text with placeholders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Text to keep.
    Text(&'a str),
    /// The name between double braces.
    Name(&'a str),
}

/// Takes a text apart. Only small letters, digits and `_` make a name; other braces are text (JSON has `}}` too).
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut kept = 0;
    while let Some(open) = rest[kept..].find("{{") {
        let open = kept + open;
        let after = &rest[open + 2..];
        let end = after.bytes().position(|byte| !(byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'));
        match end {
            Some(end) if end > 0 && after[end..].starts_with("}}") => {
                if open > 0 {
                    found.push(Piece::Text(&rest[..open]));
                }
                found.push(Piece::Name(&after[..end]));
                rest = &after[end + 2..];
                kept = 0;
            }
            _ => kept = open + 1,
        }
    }
    if !rest.is_empty() {
        found.push(Piece::Text(rest));
    }
    found
}

/// The names in a text, each once, in the order of their first appearance.
pub(crate) fn names(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for piece in pieces(text) {
        if let Piece::Name(name) = piece
            && !names.iter().any(|known| known == name)
        {
            names.push(name.to_owned());
        }
    }
    names
}

/// Compares the declared names with those found; both directions, one message each.
pub(crate) fn disagreements(declared: &[String], found: &[String]) -> Vec<String> {
    let unused = declared
        .iter()
        .filter(|name| !found.contains(name))
        .map(|name| format!("\"{name}\" is listed, but not in the text"));
    let unlisted = found
        .iter()
        .filter(|name| !declared.contains(name))
        .map(|name| format!("{{{{{name}}}}} is in the text, but not listed"));
    unused.chain(unlisted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_between_the_braces_of_json() {
        let text = "-p '{\"a\":{\"b\":\"{{memory_limit}}\",\"c\":\"{{cpu_limit}}\"}}}' {{memory_limit}}";
        assert_eq!(names(text), ["memory_limit", "cpu_limit"]);
        assert_eq!(names("{{{a}}} {{}} {{ b }} {{B}} {{unclosed"), ["a"]);
    }

    #[test]
    fn pieces_add_up_to_the_text() {
        let text = "x{{a}}y{{{b}}}{{";
        let joined: String = pieces(text)
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.to_owned(),
                Piece::Name(name) => format!("{{{{{name}}}}}"),
            })
            .collect();
        assert_eq!(joined, text);
    }

    #[test]
    fn both_directions_of_a_disagreement_are_named() {
        let told = disagreements(&["a".into(), "b".into()], &["b".into(), "c".into()]);
        assert_eq!(told, ["\"a\" is listed, but not in the text", "{{c}} is in the text, but not listed"]);
    }
}
