//! One pass over all files of an import: recognise, read, turn into records, hand to the sink.

use std::fs::File;
use std::io::{self, BufReader, Read};

use domain::evidence::Reject;
use domain::{Job, Place, ReadFile, Record, RecordSink, Sha256Digest, TableRow};
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};

use crate::formats::delimited::{self, Dialect};
use crate::formats::{Item, ReadError, json_rows, sql};
use crate::inputs::{InputError, InputSet, InputSource};
use crate::{SOURCES, Source};

/// Most that a compressed log may grow while it is read.
const MAX_GUNZIP: u64 = 64 << 30;
/// Records handed over at a time.
const BATCH: usize = 2048;

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
    /// The sink could not go on.
    #[error("{0}")]
    Sink(E),
}

/// Reads all files of the inputs into the sink. Returns the entries that were passed over, with reasons.
///
/// # Errors
/// [`ImportError`] with the file and place; the sink is then told nothing more.
pub fn read_inputs<S: RecordSink>(
    inputs: &InputSet,
    system: Option<&str>,
    sink: &mut S,
    job: &dyn Job,
) -> Result<Vec<(String, String)>, ImportError<S::Error>> {
    let known = || SOURCES.iter().map(|source| source.id).collect::<Vec<_>>().join(", ");
    let sources: Vec<&Source> = match system {
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
                    && inputs.files.len() == 1
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
    // Fuller sources come first. Where files differ the nearest to the input counts, then JSON, CSV, SQL, tab separated; then the name decides.
    planned.sort_by(|left, right| {
        let order = |file: &InputSource, kind: &FileKind| (kind.poverty, file.depth, kind.container, file.path.clone());
        order(left.0, &left.2).cmp(&order(right.0, &right.2))
    });
    let mut skipped = inputs.skipped.clone();
    for file in ignored {
        job.begin(&format!("Looking at {}", file.path), Some(file.bytes));
        sink.begin_file(&file.path).map_err(ImportError::Sink)?;
        let (sha256, bytes) =
            hash_file(file, job).map_err(|source| ImportError::File { path: file.path.clone(), source })?;
        sink.end_file(ReadFile {
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
        read_file(file, source, &kind, is_gzip, sink, job)?;
    }
    Ok(skipped)
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

fn read_file<S: RecordSink>(
    file: &InputSource,
    source: &Source,
    kind: &FileKind,
    is_gzip: bool,
    sink: &mut S,
    job: &dyn Job,
) -> Result<(), ImportError<S::Error>> {
    let broken = |source: ReadError| match source {
        ReadError::Cancelled => ImportError::Cancelled,
        source => ImportError::File { path: file.path.clone(), source },
    };
    job.begin(&format!("Reading {}", file.path), Some(file.bytes));
    let id = sink.begin_file(&file.path).map_err(ImportError::Sink)?;
    let mut hashing = Hashing::open(file).map_err(broken)?;
    let has_ambiguous_nulls = kind.dialect.as_ref().is_some_and(|dialect| dialect.style == delimited::Style::Quoted);
    let mut rows = 0u64;
    let mut tables: Vec<String> = Vec::new();
    let mut batch: Vec<Record> = Vec::with_capacity(BATCH);
    let mut failure: Option<S::Error> = None;
    let outcome = {
        let mut receive = |item: Item| -> bool {
            let rejected = match item {
                Item::Reject { table, number, column, reason } => {
                    rows += 1;
                    let _ = table;
                    Some(Reject { path: file.path.clone(), row: number, column, reason })
                }
                Item::Document(text) => {
                    rows += 1;
                    batch.push(Record::Row(TableRow {
                        table: kind.name.clone(),
                        place: Place { file: id, row: 1 },
                        key: file.path.clone(),
                        fields: vec![("json".to_owned(), Some(text))],
                    }));
                    None
                }
                Item::Row(row) => {
                    rows += 1;
                    let table = if row.table.is_empty() { &kind.name } else { &row.table };
                    if !tables.contains(table) {
                        tables.push(table.clone());
                    }
                    let number = row.number;
                    match (source.record)(kind, row, Place { file: id, row: number }) {
                        Ok(Record::Ignored) => None,
                        Ok(record) => {
                            batch.push(record);
                            None
                        }
                        Err(error) => Some(Reject {
                            path: file.path.clone(),
                            row: number,
                            column: error.column,
                            reason: error.reason,
                        }),
                    }
                }
            };
            let mut result = Ok(());
            if let Some(reject) = rejected {
                result = sink.reject(reject);
            }
            if result.is_ok() && batch.len() >= BATCH {
                result = sink.take(std::mem::replace(&mut batch, Vec::with_capacity(BATCH)));
                if job.is_cancelled() {
                    return false;
                }
            }
            match result {
                Ok(()) => true,
                Err(error) => {
                    failure = Some(error);
                    false
                }
            }
        };
        let counted = Counted { inner: &mut hashing, job };
        if is_gzip {
            let unpacked = BufReader::with_capacity(1 << 16, MultiGzDecoder::new(counted)).take(MAX_GUNZIP);
            dispatch(unpacked, kind, source, &mut receive)
        } else {
            dispatch(counted, kind, source, &mut receive)
        }
    };
    if let Some(error) = failure {
        return Err(ImportError::Sink(error));
    }
    outcome.map_err(broken)?;
    if job.is_cancelled() {
        return Err(ImportError::Cancelled);
    }
    if !batch.is_empty() {
        sink.take(batch).map_err(ImportError::Sink)?;
    }
    hashing.drain(job).map_err(broken)?;
    let (sha256, bytes) = hashing.finish();
    let name = if tables.is_empty() || kind.name == "forensics" { kind.name.clone() } else { tables.join("+") };
    sink.end_file(ReadFile {
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
        (_, Some(dialect)) => delimited::read(reader, dialect, receive),
        (_, None) => Err(ReadError::broken(0, "", "the way the file is written was not recognised")),
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
