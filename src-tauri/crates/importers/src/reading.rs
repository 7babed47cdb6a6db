//! One pass over all files of an import: recognise, cut into pieces, hand to the intake. [`Piece::read`] turns a piece into
//! votes and records, on any thread.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::sync::Arc;

use domain::evidence::Reject;
use domain::{FileId, Job, Place, ReadFile, Record, Sha256Digest, TableRow, VoteView};
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};

use crate::formats::delimited::{self, Dialect};
use crate::formats::{Item, RawPiece, RawRow, ReadError, RowEvent, json_rows, sql};
use crate::inputs::{InputError, InputSet, InputSource};
use crate::{SOURCES, Source};

/// Field of a document that holds a whole file which is no JSON.
pub const WHOLE_TEXT: &str = "text";
/// Most that a compressed log may grow while it is read.
const MAX_GUNZIP: u64 = 64 << 30;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Container {
    /// JSON or JSON Lines.
    Json,
    /// Comma separated.
    Csv,
    /// SQL dump.
    Sql,
    /// Tab separated.
    Tsv,
    /// No table: kept as it is, and as a document where it is text.
    Whole,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileKind {
    /// Table or document name in the source's own words; empty where the container names the tables itself.
    pub name: String,
    /// How it is written.
    pub container: Container,
    /// Dialect of delimited text.
    pub dialect: Option<Dialect>,
    /// Member of a JSON document that holds the rows, where the document is an envelope around one list.
    pub rows_in: Option<&'static str>,
    /// Document as which the other members of such an envelope are kept; `None` where they say nothing.
    pub envelope: Option<&'static str>,
    /// True where a JSON object at the top is a row, not a document.
    pub holds_rows: bool,
    /// 0 for tables; larger numbers for poorer copies of a table, which come later and count less.
    pub poverty: u8,
}

/// Why one row cannot be taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// Column.
    pub column: String,
    /// What is wrong and what was expected.
    pub reason: String,
}

/// Why an import stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError<E> {
    /// The inputs could not be gathered.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A file could not be read.
    #[error("{path}: {source}")]
    File {
        /// Path relative to the input.
        path: String,
        /// What is wrong and where.
        source: ReadError,
    },
    /// A file in an encoding that is not read.
    #[error("{path}: {reason}")]
    Encoding {
        /// Path relative to the input.
        path: String,
        /// What to do.
        reason: String,
    },
    /// None of the files belongs to a known system.
    #[error("{path}: no file of a known election system; known are: {known}")]
    UnknownSystem {
        /// What was looked at.
        path: String,
        /// Names of the systems.
        known: String,
    },
    /// Files of several systems in one import.
    #[error(
        "the files come from several election systems; import each of them into its own case, or name one with --system: {found}"
    )]
    Mixed {
        /// Files by system.
        found: String,
    },
    /// The system asked for does not exist.
    #[error("there is no source system named {name}; known are: {known}")]
    NoSuchSystem {
        /// What was asked for.
        name: String,
        /// Names of the systems.
        known: String,
    },
    /// The user asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// The intake could not go on.
    #[error("{0}")]
    Sink(E),
}

/// Takes in what an import reads, file by file and in order. The intake may refuse by an error, which ends the import.
pub trait Intake {
    /// What the intake answers when it cannot go on.
    type Error;
    /// A file begins; answers its number in the case.
    ///
    /// # Errors
    /// The intake's own.
    fn begin_file(&mut self, path: &str) -> Result<FileId, Self::Error>;
    /// Rows of the current file, in order.
    ///
    /// # Errors
    /// The intake's own.
    fn piece(&mut self, piece: Piece) -> Result<(), Self::Error>;
    /// A whole document: the current file is no table.
    ///
    /// # Errors
    /// The intake's own.
    fn document(&mut self, row: TableRow) -> Result<(), Self::Error>;
    /// A row that could not be read.
    ///
    /// # Errors
    /// The intake's own.
    fn reject(&mut self, reject: Reject) -> Result<(), Self::Error>;
    /// The current file ended.
    ///
    /// # Errors
    /// The intake's own.
    fn end_file(&mut self, file: ReadFile) -> Result<(), Self::Error>;
}

/// Whole rows of one table of one file, still to be taken apart.
pub struct Piece {
    raw: RawPiece,
    file: FileId,
    path: Arc<str>,
    source: &'static Source,
    kind: Arc<FileKind>,
    has_ambiguous_nulls: bool,
}

/// Receives the content of a piece.
pub trait Receiver {
    /// A vote.
    fn vote(&mut self, vote: &VoteView<'_>);
    /// Any other row.
    fn record(&mut self, record: Record);
    /// A row that cannot be read.
    fn reject(&mut self, reject: Reject);
}

impl Piece {
    /// The system that the rows belong to.
    pub fn source(&self) -> &'static Source {
        self.source
    }

    /// Path of the file relative to the input.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Takes the rows apart.
    ///
    /// # Errors
    /// [`ReadError::Broken`] where the text breaks off or is not what the container promises.
    pub fn read(&self, receiver: &mut dyn Receiver) -> Result<(), ReadError> {
        let table = if self.raw.table.is_empty() { self.kind.name.as_str() } else { self.raw.table.as_str() };
        let column_of = self.source.vote_column.filter(|_| table == self.source.votes_table);
        let mut names: Vec<String> = Vec::new();
        let mut columns: Vec<Option<usize>> = Vec::new();
        self.raw.each_row(&mut |event| match event {
            RowEvent::Names(now) => match column_of {
                Some(column_of) => columns = now.iter().map(|name| column_of(name)).collect(),
                None => names = now.to_vec(),
            },
            RowEvent::Row { number, values } => {
                let place = Place { file: self.file, row: number };
                let taken = if column_of.is_some() {
                    let mut vote = VoteView {
                        place: Some(place),
                        has_ambiguous_nulls: self.has_ambiguous_nulls,
                        ..VoteView::default()
                    };
                    for (column, value) in columns.iter().zip(values) {
                        if let Some(column) = column {
                            vote.set(*column, value.as_deref());
                        }
                    }
                    complete(&vote).map(|()| receiver.vote(&vote))
                } else {
                    let values = values.iter().map(|value| value.as_deref().map(str::to_owned));
                    let fields = names.iter().cloned().zip(values).collect();
                    let row = RawRow { table: self.raw.table.clone(), number, fields };
                    (self.source.record)(&self.kind, row, place).map(|record| match record {
                        Record::Ignored => {}
                        record => receiver.record(record),
                    })
                };
                if let Err(error) = taken {
                    let path = self.path.to_string();
                    receiver.reject(Reject { path, row: number, column: error.column, reason: error.reason });
                }
            }
            RowEvent::Reject { number, column, reason } => {
                let (path, column) = (self.path.to_string(), column.to_owned());
                receiver.reject(Reject { path, row: number, column, reason });
            }
        })
    }
}

/// A vote needs an id, an election and a candidate; everything else may be absent.
fn complete(vote: &VoteView<'_>) -> Result<(), RowError> {
    let needed = [("id", vote.id), ("election_id", vote.election_id), ("candidate_id", vote.candidate_id)];
    match needed.into_iter().find(|(_, text)| text.is_empty()) {
        None => Ok(()),
        Some((column, _)) => Err(RowError::absent(column)),
    }
}

impl RowError {
    /// A column without a value.
    pub fn absent(column: &str) -> Self {
        Self {
            column: column.to_owned(),
            reason: "a value was expected; the field is empty or the column is missing".to_owned(),
        }
    }
}

/// Reads all files of the inputs into the intake. Returns the entries that were passed over, with reasons.
///
/// # Errors
/// [`ImportError`] with the file and place; the intake is then told nothing more.
pub fn read_inputs<S: Intake>(
    inputs: &InputSet,
    system: Option<&str>,
    intake: &mut S,
    job: &dyn Job,
) -> Result<Vec<(String, String)>, ImportError<S::Error>> {
    let known = || SOURCES.iter().map(|source| source.id).collect::<Vec<_>>().join(", ");
    let sources: Vec<&'static Source> = match system {
        None => SOURCES.iter().collect(),
        Some(name) => {
            let found: Vec<_> = SOURCES.iter().filter(|source| source.id == name).collect();
            if found.is_empty() {
                return Err(ImportError::NoSuchSystem { name: name.to_owned(), known: known() });
            }
            found
        }
    };
    let mut planned = Vec::new();
    let mut ignored = Vec::new();
    for file in &inputs.files {
        let head =
            file.head().map_err(|source| ImportError::File { path: file.path.clone(), source: source.into() })?;
        match sources.iter().find_map(|source| (source.recognise)(&head).map(|kind| (*source, kind))) {
            Some((source, kind)) => {
                if let Some(reason) = encoding_problem(&head.bytes) {
                    return Err(ImportError::Encoding { path: file.path.clone(), reason });
                }
                planned.push((file, source, kind, head.is_gzip));
            }
            None => {
                // A file that looks like text of a known kind but is written in another encoding must not pass silently.
                if let Some(reason) = encoding_problem(&head.bytes)
                    && (inputs.files.len() == 1 || is_table_name(&head.name))
                {
                    return Err(ImportError::Encoding { path: file.path.clone(), reason });
                }
                ignored.push(file);
            }
        }
    }
    if planned.is_empty() {
        let path = inputs.files.first().map(|file| file.path.clone()).unwrap_or_default();
        let path = if inputs.files.len() > 1 { format!("{path} and {} more", inputs.files.len() - 1) } else { path };
        return Err(ImportError::UnknownSystem { path, known: known() });
    }
    let mut by_system: std::collections::BTreeMap<&str, Vec<&str>> = std::collections::BTreeMap::new();
    for (file, source, ..) in &planned {
        by_system.entry(source.title).or_default().push(&file.path);
    }
    if by_system.len() > 1 {
        let list = |paths: &[&str]| match paths {
            [first, second, _, ..] => format!("{first}, {second} and {} more", paths.len() - 2),
            few => few.join(", "),
        };
        let found = by_system.iter().map(|(title, paths)| format!("{title}: {}", list(paths))).collect::<Vec<_>>();
        return Err(ImportError::Mixed { found: found.join("; ") });
    }
    // Fuller sources come first. Where files differ the nearest to the input counts, then JSON, CSV, SQL, tab separated; then the name decides.
    planned.sort_by(|left, right| {
        let order = |file: &InputSource, kind: &FileKind| (kind.poverty, file.depth, kind.container, file.path.clone());
        order(left.0, &left.2).cmp(&order(right.0, &right.2))
    });
    let mut skipped = inputs.skipped.clone();
    for file in ignored {
        job.begin(&format!("Looking at {}", file.path), Some(file.bytes));
        intake.begin_file(&file.path).map_err(ImportError::Sink)?;
        let (sha256, bytes) =
            hash_file(file, job).map_err(|source| ImportError::File { path: file.path.clone(), source })?;
        intake
            .end_file(ReadFile {
                path: file.path.clone(),
                location: file.location.clone(),
                sha256,
                bytes,
                system: String::new(),
                kind: "ignored".to_owned(),
                rows: 0,
                has_ambiguous_nulls: false,
            })
            .map_err(ImportError::Sink)?;
        skipped.push((file.path.clone(), "belongs to no known kind".to_owned()));
    }
    for (file, source, kind, is_gzip) in planned {
        read_file(file, source, kind, is_gzip, intake, job)?;
    }
    Ok(skipped)
}

/// Whether a file's name says that it is a table or a document of an export.
fn is_table_name(name: &str) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    matches!(ending.as_str(), "json" | "jsonl" | "csv" | "tsv" | "sql")
}

fn encoding_problem(head: &[u8]) -> Option<String> {
    let is_marked = matches!(head, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    // Without a mark it shows in the NUL that every second byte of ordinary text is.
    let start = &head[..head.len().min(256)];
    let half = start.len() / 2;
    let nuls = |from: usize| start.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let is_unmarked =
        half >= 4 && [0, 1].into_iter().any(|from| nuls(from) * 4 >= half * 3 && nuls(1 - from) * 4 <= half);
    (is_marked || is_unmarked).then(|| "the text is UTF-16; save it as UTF-8 and import it again".to_owned())
}

fn hash_file(file: &InputSource, job: &dyn Job) -> Result<(Sha256Digest, u64), ReadError> {
    let mut hashing = Hashing::open(file)?;
    hashing.drain(job)?;
    Ok(hashing.finish())
}

fn read_file<S: Intake>(
    file: &InputSource,
    source: &'static Source,
    kind: FileKind,
    is_gzip: bool,
    intake: &mut S,
    job: &dyn Job,
) -> Result<(), ImportError<S::Error>> {
    let broken = |source: ReadError| match source {
        ReadError::Cancelled => ImportError::Cancelled,
        source => ImportError::File { path: file.path.clone(), source },
    };
    job.begin(&format!("Reading {}", file.path), Some(file.bytes));
    let id = intake.begin_file(&file.path).map_err(ImportError::Sink)?;
    let mut hashing = Hashing::open(file).map_err(broken)?;
    let has_ambiguous_nulls = kind.dialect.as_ref().is_some_and(|dialect| dialect.style == delimited::Style::Quoted);
    let (kind, path) = (Arc::new(kind), Arc::<str>::from(file.path.as_str()));
    let mut rows = 0u64;
    let mut tables: Vec<String> = Vec::new();
    let mut failure: Option<S::Error> = None;
    let outcome = {
        let mut receive = |item: Item| -> bool {
            let result = match item {
                Item::Reject { number, column, reason } => {
                    rows += 1;
                    intake.reject(Reject { path: file.path.clone(), row: number, column, reason })
                }
                Item::Document(_) if kind.rows_in.is_some() && kind.envelope.is_none() => Ok(()),
                Item::Document(text) => {
                    let field = if kind.container == Container::Whole { WHOLE_TEXT } else { "json" };
                    rows += u64::from(kind.envelope.is_none());
                    intake.document(TableRow {
                        table: kind.envelope.map_or_else(|| kind.name.clone(), str::to_owned),
                        place: Place { file: id, row: 1 },
                        key: file.path.clone(),
                        fields: vec![(field.to_owned(), Some(text))],
                    })
                }
                Item::Table(table) => {
                    if !tables.contains(&table) {
                        tables.push(table);
                    }
                    Ok(())
                }
                Item::Piece(raw) => {
                    rows += raw.rows;
                    let table = if raw.table.is_empty() { &kind.name } else { &raw.table };
                    if !tables.contains(table) {
                        tables.push(table.clone());
                    }
                    let (path, kind) = (path.clone(), kind.clone());
                    intake.piece(Piece { raw, file: id, path, source, kind, has_ambiguous_nulls })
                }
            };
            match result {
                Ok(()) => !job.is_cancelled(),
                Err(error) => {
                    failure = Some(error);
                    false
                }
            }
        };
        let counted = Counted { inner: &mut hashing, job };
        if is_gzip {
            let unpacked = BufReader::with_capacity(1 << 16, MultiGzDecoder::new(counted)).take(MAX_GUNZIP);
            dispatch(unpacked, &kind, source, &mut receive)
        } else {
            dispatch(counted, &kind, source, &mut receive)
        }
    };
    if let Some(error) = failure {
        return Err(ImportError::Sink(error));
    }
    outcome.map_err(broken)?;
    if job.is_cancelled() {
        return Err(ImportError::Cancelled);
    }
    hashing.drain(job).map_err(broken)?;
    let (sha256, bytes) = hashing.finish();
    let name = if tables.is_empty() || kind.name == "forensics" { kind.name.clone() } else { tables.join("+") };
    intake
        .end_file(ReadFile {
            path: file.path.clone(),
            location: file.location.clone(),
            sha256,
            bytes,
            system: source.id.to_owned(),
            kind: if name.is_empty() { "tables".to_owned() } else { name },
            rows,
            has_ambiguous_nulls,
        })
        .map_err(ImportError::Sink)
}

fn dispatch(
    reader: impl Read,
    kind: &FileKind,
    source: &Source,
    receive: &mut dyn FnMut(Item) -> bool,
) -> Result<(), ReadError> {
    let is_table = |name: &str| !(source.columns)(name).is_empty();
    match (kind.container, &kind.dialect) {
        (Container::Json, _) => {
            let layout = match &kind.rows_in {
                Some(member) => json_rows::Layout::RowsIn(member),
                None if kind.holds_rows => json_rows::Layout::Rows,
                None => json_rows::Layout::Tables(&is_table),
            };
            json_rows::read(SkipBom::new(reader)?, layout, receive)
        }
        (Container::Sql, _) => sql::read(SkipBom::new(reader)?, &is_table, receive),
        (Container::Whole, _) => read_whole(reader, receive),
        (_, Some(dialect)) => delimited::read(reader, dialect, receive),
        (_, None) => Err(ReadError::broken(0, "", "the way the file is written was not recognised")),
    }
}

/// Largest text that is taken as a document of its own; a larger file is only hashed.
const MAX_WHOLE: u64 = 16 << 20;

/// Takes a file as one document, byte for byte, where it is text; otherwise its digest is all that is kept of it here.
fn read_whole(reader: impl Read, receive: &mut dyn FnMut(Item) -> bool) -> Result<(), ReadError> {
    let mut bytes = Vec::new();
    reader.take(MAX_WHOLE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_WHOLE {
        return Ok(());
    }
    match String::from_utf8(bytes) {
        Ok(text) => {
            if receive(Item::Document(text)) {
                Ok(())
            } else {
                Err(ReadError::Cancelled)
            }
        }
        Err(_) => Ok(()),
    }
}

/// Passes over a UTF-8 byte order mark.
struct SkipBom<R> {
    head: io::Cursor<Vec<u8>>,
    rest: R,
}

impl<R: Read> SkipBom<R> {
    fn new(mut rest: R) -> io::Result<Self> {
        let mut head = Vec::new();
        rest.by_ref().take(3).read_to_end(&mut head)?;
        if head == [0xef, 0xbb, 0xbf] {
            head.clear();
        }
        Ok(Self { head: io::Cursor::new(head), rest })
    }
}

impl<R: Read> Read for SkipBom<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.head.read(buffer)? {
            0 => self.rest.read(buffer),
            count => Ok(count),
        }
    }
}

/// A file that is hashed while it is read.
struct Hashing {
    file: File,
    hasher: Sha256,
    bytes: u64,
}

impl Hashing {
    fn open(file: &InputSource) -> Result<Self, ReadError> {
        Ok(Self { file: File::open(&file.location)?, hasher: Sha256::new(), bytes: 0 })
    }

    /// Hashes what the reader left over.
    fn drain(&mut self, job: &dyn Job) -> Result<(), ReadError> {
        let mut buffer = vec![0u8; 1 << 20];
        loop {
            let count = self.read(&mut buffer)?;
            if count == 0 {
                return Ok(());
            }
            job.advance(count as u64);
            if job.is_cancelled() {
                return Err(ReadError::Cancelled);
            }
        }
    }

    fn finish(self) -> (Sha256Digest, u64) {
        (Sha256Digest(self.hasher.finalize().into()), self.bytes)
    }
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        self.bytes += count as u64;
        Ok(count)
    }
}

/// Reports the bytes that go through.
struct Counted<'a> {
    inner: &'a mut Hashing,
    job: &'a dyn Job,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.job.advance(count as u64);
        Ok(count)
    }
}
