//! Reports: what Scrutineer prints for courts and auditors.
//!
//! Two halves that meet in [`document`]:
//! - [`documents`] decides what a report says and builds a [`Document`];
//! - [`formats`] decides how it looks and turns the document into bytes.
//!
//! The same input gives the same bytes, on every machine and every run: dates come in as arguments, fonts are
//! bundled, nothing is random. The crate does not read evidence, does not judge it and does not write files; that is
//! left to `verification`, `tally` and `workflow`.

pub mod document;
pub mod documents;
mod error;
pub mod formats;
pub mod qr;

pub use document::{
    Align, Bar, Bars, Block, BoxItem, BoxMark, Bucket, Column, Cover, Document, Labels, Layout, Paper, Placed,
    PlacedContent, QrBlock, Span, SpanStyle, Table, Timeline, TimelineEvent, Tone,
};
pub use error::Error;
pub use formats::csv::write_csv;
pub use formats::paper::print_on;
pub use formats::pdf::render as render_pdf;
pub use qr::{Correction, QrCode};
