//! Places to jump to and from: the bookmarks beside the pages, and the links of the table of contents.
//!
//! The library's own bookmarks lose the position on the page and sort headings of one page by name.

use lopdf::{Dictionary, Document, Object, ObjectId};

use super::flow::{Bookmark, Link};
use super::text;
use super::theme::Sheet;

/// Writes bookmarks and links into a file.
///
/// # Errors
/// A page or the catalogue is missing.
pub(super) fn set(
    file: &mut Document,
    bookmarks: &[Bookmark],
    links: &[Link],
    sheet: &Sheet,
) -> Result<(), lopdf::Error> {
    let pages: Vec<ObjectId> = file.get_pages().into_values().collect();
    if let Some(outlines) = outline(file, bookmarks, &pages) {
        let catalog = file.catalog_mut()?;
        catalog.set("Outlines", outlines);
        catalog.set("PageMode", "UseOutlines");
    }
    for (number, page) in pages.iter().enumerate() {
        let mut annotations = Vec::new();
        for link in links.iter().filter(|link| link.page == number) {
            let Some(to) = bookmarks.get(link.target).and_then(|bookmark| destination(bookmark, &pages)) else {
                continue;
            };
            let edges = [sheet.side, link.bottom, sheet.page_width - sheet.side, link.top];
            let mut entry = Dictionary::new();
            entry.set("Type", "Annot");
            entry.set("Subtype", "Link");
            entry.set("Rect", edges.map(Object::Real).to_vec());
            entry.set("Border", vec![0.into(), 0.into(), 0.into()]);
            entry.set("Dest", to);
            annotations.push(Object::Reference(file.add_object(entry)));
        }
        if !annotations.is_empty() {
            file.get_object_mut(*page)?.as_dict_mut()?.set("Annots", annotations);
        }
    }
    Ok(())
}

/// A page with the height that is shown at the top of the window.
fn destination(bookmark: &Bookmark, pages: &[ObjectId]) -> Option<Vec<Object>> {
    let page = *pages.get(bookmark.page)?;
    Some(vec![page.into(), "XYZ".into(), Object::Null, Object::Real(bookmark.from_bottom), Object::Null])
}

fn outline(file: &mut Document, bookmarks: &[Bookmark], pages: &[ObjectId]) -> Option<Object> {
    let targets: Vec<_> =
        bookmarks.iter().filter_map(|bookmark| Some((bookmark, destination(bookmark, pages)?))).collect();
    let ids: Vec<ObjectId> = targets.iter().map(|_| file.new_object_id()).collect();
    let (first, last) = (*ids.first()?, *ids.last()?);
    let root = file.new_object_id();
    let count = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    for (place, (bookmark, to)) in targets.into_iter().enumerate() {
        let mut entry = Dictionary::new();
        entry.set("Parent", root);
        entry.set("Title", text(&bookmark.title));
        entry.set("Dest", to);
        if let Some(previous) = place.checked_sub(1).and_then(|place| ids.get(place)) {
            entry.set("Prev", *previous);
        }
        if let Some(next) = ids.get(place + 1) {
            entry.set("Next", *next);
        }
        file.set_object(ids[place], entry);
    }
    let mut list = Dictionary::new();
    list.set("Type", "Outlines");
    list.set("Count", count);
    list.set("First", first);
    list.set("Last", last);
    file.set_object(root, list);
    Some(root.into())
}
