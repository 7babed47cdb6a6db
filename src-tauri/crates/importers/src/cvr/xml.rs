//! XML in pieces: a document is gone through once, and its elements are handed out one by one as small trees.
//!
//! Prefixes of namespaces are left out of the names. Declared entities are not expanded: nothing in cast vote records
//! needs them, and a hostile file could fill the memory with them.

use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Most bytes of the texts and names of one element that is handed out.
const MAX_ELEMENT: usize = 64 << 20;
/// Deepest nesting accepted.
const MAX_DEPTH: usize = 64;

/// An element with all that is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
    /// The text directly in it, without spaces around.
    pub(super) text: String,
}

impl Element {
    /// The first child of a name.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All children of a name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the first child of a name; `None` where there is none.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }

    /// An attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Goes through a document, and hands out each child of its root as it ends. `receive` answers an error to stop.
///
/// # Errors
/// A sentence: where the text is not well formed or an element exceeds the bounds, or what `receive` answered.
pub(super) fn each_child(
    source: impl BufRead,
    mut receive: impl FnMut(Element) -> Result<(), String>,
) -> Result<(), String> {
    let mut reader = Reader::from_reader(source);
    let mut buffer = Vec::new();
    let mut open: Vec<Element> = Vec::new();
    let mut bytes = 0usize;
    let mut has_root = false;
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer);
        let event = event.map_err(|error| format!("byte {}: {error}", reader.error_position()))?;
        match event {
            Event::Start(start) => {
                has_root = true;
                open.push(begin(&start, &mut bytes)?);
                if open.len() > MAX_DEPTH {
                    return Err("elements are nested too deep".to_owned());
                }
            }
            Event::Empty(start) => {
                has_root = true;
                let element = begin(&start, &mut bytes)?;
                close(element, &mut open, &mut bytes, &mut receive)?;
            }
            Event::End(_) => {
                let element = open.pop().ok_or("an element ends that did not begin")?;
                close(element, &mut open, &mut bytes, &mut receive)?;
            }
            Event::Text(text) => add(&text, &mut open, &mut bytes)?,
            Event::CData(text) => add(&text, &mut open, &mut bytes)?,
            Event::GeneralRef(reference) => {
                let name: &str = &reference;
                let letter = resolve(name).ok_or_else(|| format!("&{name}; stands for nothing that is known"))?;
                add(letter.encode_utf8(&mut [0; 4]), &mut open, &mut bytes)?;
            }
            Event::Eof if open.is_empty() && has_root => return Ok(()),
            Event::Eof => return Err("the text ends before its last element does".to_owned()),
            Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Comment(_) => {}
        }
    }
}

/// A whole document, its root with all that is in it.
///
/// # Errors
/// As [`each_child`].
pub(super) fn document(source: impl BufRead) -> Result<Vec<Element>, String> {
    let mut children = Vec::new();
    each_child(source, |child| {
        children.push(child);
        if children.len() > 1_000_000 { Err("more elements than any record has".to_owned()) } else { Ok(()) }
    })?;
    Ok(children)
}

fn begin(start: &BytesStart<'_>, bytes: &mut usize) -> Result<Element, String> {
    let local = |name: &str| name.rsplit(':').next().unwrap_or(name).to_owned();
    let mut element = Element { name: local(start.name().as_ref()), ..Element::default() };
    *bytes += element.name.len() + 1;
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = quick_xml::escape::unescape(&attribute.value).map_err(|error| error.to_string())?;
        *bytes += value.len();
        element.attributes.push((local(attribute.key.as_ref()), value.into_owned()));
    }
    Ok(element)
}

fn close(
    mut element: Element,
    open: &mut [Element],
    bytes: &mut usize,
    receive: &mut impl FnMut(Element) -> Result<(), String>,
) -> Result<(), String> {
    element.text = element.text.trim().to_owned();
    match open {
        [] => Ok(()),
        [_root] => {
            *bytes = 0;
            receive(element)
        }
        [.., parent] => {
            parent.children.push(element);
            Ok(())
        }
    }
}

fn add(text: &str, open: &mut [Element], bytes: &mut usize) -> Result<(), String> {
    // Text directly in the root lies between what is handed out, and is nobody's.
    if let [_, .., element] = open {
        *bytes += text.len();
        if *bytes > MAX_ELEMENT {
            return Err("an element is larger than 64 MB".to_owned());
        }
        element.text.push_str(text);
    }
    Ok(())
}

fn resolve(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_come_one_by_one_with_all_that_is_in_them() {
        let text = "\u{feff}<?xml version='1.0'?><r xmlns:n='x'> <n:a k='1 &amp; 2'>x &lt; &#65;<b/> y</n:a><c/></r>";
        let found = document(text.as_bytes()).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].name.as_str(), found[0].text.as_str()), ("a", "x < A y"));
        assert_eq!(found[0].attribute("k"), Some("1 & 2"));
        assert_eq!(found[0].child("b"), Some(&Element { name: "b".to_owned(), ..Element::default() }));
    }

    #[test]
    fn broken_and_hostile_texts_are_refused() {
        for text in ["", "<r>", "<r><a></r>", "<r>&x;<a>&x;</a></r>", "no xml", "<r></r></r>"] {
            assert!(document(text.as_bytes()).is_err(), "{text}");
        }
        let deep = "<a>".repeat(100) + &"</a>".repeat(100);
        assert!(document(deep.as_bytes()).is_err());
        let bomb = "<!DOCTYPE r [<!ENTITY a 'aaaa'>]><r><b>&a;</b></r>";
        assert!(document(bomb.as_bytes()).unwrap_err().contains("&a;"));
    }
}
