//! Sets pieces on pages.
//!
//! A piece is never cut. Pieces that must stay together (a heading and what it announces, the first two lines of a
//! paragraph, a table's header and its first row) form a chain; a chain that fits no page is set piece by piece.

use std::rc::Rc;

use printpdf::Op;

use super::canvas::{self, Item};
use super::theme::Sheet;

/// Something that stands on one page.
#[derive(Clone, Debug, Default)]
pub(super) struct Piece {
    /// Room above; dropped at the head of a page.
    pub(super) space: f32,
    pub(super) height: f32,
    pub(super) items: Vec<Item>,
    /// Stays on the page of the piece that follows.
    pub(super) is_kept_with_next: bool,
    /// Repeated above this piece where a page begins with it.
    pub(super) lead: Option<Rc<Piece>>,
    /// Title of the bookmark that leads here.
    pub(super) bookmark: Option<String>,
    /// Number of the bookmark, from 0, that a click on this piece leads to.
    pub(super) link: Option<usize>,
}

/// A place to jump to.
#[derive(Clone, Debug)]
pub(super) struct Bookmark {
    pub(super) title: String,
    /// Page from 0.
    pub(super) page: usize,
    /// Height above the lower edge.
    pub(super) from_bottom: f32,
}

/// A place to click on, as wide as the content of a page.
#[derive(Clone, Debug)]
pub(super) struct Link {
    /// Page from 0.
    pub(super) page: usize,
    /// Upper and lower edge, above the lower edge of the page.
    pub(super) top: f32,
    pub(super) bottom: f32,
    /// Number of the bookmark that it leads to.
    pub(super) target: usize,
}

/// Pages that are set, with the places to jump to and from.
#[derive(Default)]
pub(super) struct Laid {
    pub(super) pages: Vec<Vec<Op>>,
    pub(super) bookmarks: Vec<Bookmark>,
    pub(super) links: Vec<Link>,
}

impl Laid {
    /// Without so many pages at the beginning, on which nothing can be jumped to.
    pub(super) fn without_first(mut self, count: usize) -> Self {
        self.pages.drain(..count.min(self.pages.len()));
        for bookmark in &mut self.bookmarks {
            bookmark.page = bookmark.page.saturating_sub(count);
        }
        self
    }

    /// With the pages of another behind, to which the links of this one lead.
    pub(super) fn followed_by(mut self, content: Self) -> Self {
        let before = self.pages.len();
        self.pages.extend(content.pages);
        let moved = content.bookmarks.into_iter().map(|bookmark| Bookmark { page: bookmark.page + before, ..bookmark });
        self.bookmarks.extend(moved);
        self
    }
}

/// The pages as they fill.
pub(super) struct Flow {
    /// The page that is set on.
    pub(super) sheet: Sheet,
    pages: Vec<Vec<Op>>,
    /// Next free height on the last page, from the top.
    y: f32,
    /// Something stands at a fixed place of the last page.
    has_placed: bool,
    chain: Vec<Piece>,
    bookmarks: Vec<Bookmark>,
    links: Vec<Link>,
}

/// Slack for sums of rounded heights.
const SLACK: f32 = 0.01;

impl Flow {
    pub(super) fn new(sheet: Sheet) -> Self {
        let pages = vec![Vec::new()];
        Self {
            sheet,
            pages,
            y: sheet.top,
            has_placed: false,
            chain: Vec::new(),
            bookmarks: Vec::new(),
            links: Vec::new(),
        }
    }

    /// Width between the margins.
    pub(super) fn width(&self) -> f32 {
        self.sheet.width()
    }

    /// Adds a piece below the last one.
    pub(super) fn push(&mut self, piece: Piece) {
        let is_kept = piece.is_kept_with_next;
        self.chain.push(piece);
        if !is_kept {
            self.set_chain();
        }
    }

    /// Begins a new page unless the last one is still empty.
    pub(super) fn break_page(&mut self) {
        self.set_chain();
        if self.y > self.sheet.top || self.has_placed {
            self.next_page();
        }
    }

    fn next_page(&mut self) {
        self.pages.push(Vec::new());
        self.y = self.sheet.top;
        self.has_placed = false;
    }

    /// Draws at a fixed place of the page that what follows begins on, in points from its upper left corner.
    pub(super) fn place(&mut self, items: &[Item]) {
        self.set_chain();
        self.has_placed = true;
        if let Some(page) = self.pages.last_mut() {
            for item in items {
                canvas::draw(item, 0.0, 0.0, self.sheet.page_height, page);
            }
        }
    }

    /// What follows begins at least that far from the top of the page.
    pub(super) fn descend(&mut self, y: f32) {
        self.set_chain();
        self.y = self.y.max(y.min(self.sheet.bottom));
    }

    /// A bookmark that leads to what follows.
    pub(super) fn mark(&mut self, title: String) {
        self.set_chain();
        let from_bottom = (self.sheet.page_height - self.y + 12.0).round();
        self.bookmarks.push(Bookmark { title, page: self.pages.len() - 1, from_bottom });
    }

    /// Adds pages that were set apart, as pages of their own.
    pub(super) fn append(&mut self, other: Self) {
        self.break_page();
        let Laid { pages, bookmarks, .. } = other.finish();
        self.pages.pop();
        let before = self.pages.len();
        self.pages.extend(pages);
        self.bookmarks
            .extend(bookmarks.into_iter().map(|bookmark| Bookmark { page: bookmark.page + before, ..bookmark }));
        self.next_page();
    }

    /// Pages so far.
    pub(super) fn pages(&mut self) -> usize {
        self.set_chain();
        self.pages.len()
    }

    /// All pages, finished.
    pub(super) fn finish(mut self) -> Laid {
        self.set_chain();
        if self.y <= self.sheet.top && !self.has_placed && self.pages.len() > 1 {
            self.pages.pop();
        }
        Laid { pages: self.pages, bookmarks: self.bookmarks, links: self.links }
    }

    fn set_chain(&mut self) {
        let chain = std::mem::take(&mut self.chain);
        let Some(first) = chain.first() else { return };
        let total: f32 = chain.iter().map(|piece| piece.space + piece.height).sum();
        let on_new_page = total - first.space + first.lead.as_ref().map_or(0.0, |lead| lead.height);
        if self.y > self.sheet.top
            && self.y + total > self.sheet.bottom + SLACK
            && on_new_page <= self.sheet.full() + SLACK
        {
            self.next_page();
        }
        for piece in chain {
            self.set(piece);
        }
    }

    fn set(&mut self, piece: Piece) {
        if self.y > self.sheet.top && self.y + piece.space + piece.height > self.sheet.bottom + SLACK {
            self.next_page();
        }
        if self.y > self.sheet.top {
            self.y += piece.space;
        } else if let Some(lead) = &piece.lead {
            self.draw(&lead.items);
            self.y += lead.height;
        }
        if let Some(title) = piece.bookmark {
            self.bookmarks.push(Bookmark {
                title,
                page: self.pages.len() - 1,
                from_bottom: (self.sheet.page_height - self.y + 12.0).round(),
            });
        }
        self.draw(&piece.items);
        if let Some(target) = piece.link {
            let top = self.sheet.page_height - self.y;
            let (top, bottom) = (top.round(), (top - piece.height).round());
            self.links.push(Link { page: self.pages.len() - 1, top, bottom, target });
        }
        self.y += piece.height;
    }

    fn draw(&mut self, items: &[Item]) {
        if let Some(page) = self.pages.last_mut() {
            for item in items {
                canvas::draw(item, self.sheet.side, self.y, self.sheet.page_height, page);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Paper;

    fn sheet() -> Sheet {
        Sheet::report(Paper::A4)
    }

    fn piece(height: f32, is_kept_with_next: bool) -> Piece {
        let items = vec![Item::Area { x: 0.0, y: 0.0, width: 1.0, height, ink: super::super::theme::BLACK }];
        Piece { height, items, is_kept_with_next, ..Piece::default() }
    }

    #[test]
    fn a_heading_moves_to_the_next_page_with_what_follows() {
        let mut flow = Flow::new(sheet());
        flow.push(piece(sheet().full() - 30.0, false));
        flow.push(Piece { bookmark: Some("Heading".to_owned()), ..piece(20.0, true) });
        flow.push(piece(20.0, false));
        let Laid { pages, bookmarks, .. } = flow.finish();
        assert_eq!(pages.len(), 2);
        assert_eq!(bookmarks[0].page, 1, "the heading would have fitted the first page alone");
    }

    #[test]
    fn a_chain_longer_than_a_page_is_cut_instead_of_lost() {
        let mut flow = Flow::new(sheet());
        for _ in 0..30 {
            flow.push(piece(sheet().full() / 10.0, true));
        }
        assert_eq!(flow.finish().pages.len(), 3);
    }

    #[test]
    fn page_breaks_leave_no_empty_page() {
        let mut flow = Flow::new(sheet());
        flow.break_page();
        flow.push(piece(10.0, false));
        flow.break_page();
        flow.break_page();
        assert_eq!(flow.finish().pages.len(), 1);
    }
}
