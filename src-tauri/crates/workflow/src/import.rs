//! Import: reading runs on its own thread and hands batches over a bounded channel to the one writer.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use domain::evidence::Reject;
use domain::{FileId, Job, ReadFile, Record, RecordSink};
use importers::{ImportError, InputSet};
use store::{Import, StoreError};

use crate::Error;

/// What an import would bring, or brought.
#[derive(Clone, Debug, Default)]
pub struct ImportPlan {
    /// Files in the order in which they count.
    pub files: Vec<PlannedFile>,
    /// Rows per table, without those that another file holds already.
    pub tables: Vec<(String, u64)>,
    /// Rows that cannot be read.
    pub rejects: Vec<Reject>,
    /// Rows that stand in several files with the same content.
    pub rows_known: u64,
    /// Files that belong to no known kind, with the reason.
    pub ignored: Vec<(String, String)>,
}

/// One file of an import.
#[derive(Clone, Debug)]
pub struct PlannedFile {
    /// Path relative to the input.
    pub path: String,
    /// Size.
    pub bytes: u64,
    /// SHA-256, hex.
    pub sha256: String,
    /// Source system; empty where ignored.
    pub system: String,
    /// What it holds.
    pub kind: String,
    /// Records in it.
    pub rows: u64,
    /// Records that cannot be read.
    pub rejected: u64,
}

impl ImportPlan {
    pub(crate) fn from_totals(totals: store::ImportTotals, ignored: Vec<(String, String)>) -> Self {
        let mut files: Vec<PlannedFile> = totals
            .files
            .iter()
            .map(|file| PlannedFile {
                path: file.path.clone(),
                bytes: file.bytes,
                sha256: file.sha256.to_hex(),
                system: file.system.clone(),
                kind: file.kind.clone(),
                rows: file.rows,
                rejected: u64::try_from(totals.rejects.iter().filter(|reject| reject.path == file.path).count())
                    .unwrap_or(0),
            })
            .collect();
        files.sort_by(|left, right| left.path.cmp(&right.path));
        Self {
            files,
            tables: totals.tables.into_iter().collect(),
            rejects: totals.rejects,
            rows_known: totals.rows_known,
            ignored,
        }
    }
}

/// Batches between reader and writer.
const QUEUE: usize = 8;

enum Message {
    Begin(String),
    Records(Vec<Record>),
    Reject(Reject),
    End(Box<ReadFile>),
}

/// The reader's end of the channel. File numbers are given out in order, which the writer repeats.
struct Sender {
    channel: SyncSender<Message>,
    next_file: i64,
}

/// The writer is gone: its own error says why.
struct WriterGone;

impl Sender {
    fn send(&self, message: Message) -> Result<(), WriterGone> {
        self.channel.send(message).map_err(|_| WriterGone)
    }
}

impl RecordSink for Sender {
    type Error = WriterGone;

    fn begin_file(&mut self, path: &str) -> Result<FileId, WriterGone> {
        let id = FileId(self.next_file);
        self.next_file += 1;
        self.send(Message::Begin(path.to_owned())).map(|()| id)
    }

    fn take(&mut self, records: Vec<Record>) -> Result<(), WriterGone> {
        self.send(Message::Records(records))
    }

    fn reject(&mut self, reject: Reject) -> Result<(), WriterGone> {
        self.send(Message::Reject(reject))
    }

    fn end_file(&mut self, file: ReadFile) -> Result<(), WriterGone> {
        self.send(Message::End(Box::new(file)))
    }
}

fn write(channel: Receiver<Message>, import: &mut Import) -> Result<(), StoreError> {
    for message in channel {
        match message {
            Message::Begin(path) => {
                import.begin_file(&path)?;
            }
            Message::Records(records) => import.take(records)?,
            Message::Reject(reject) => import.reject(reject)?,
            Message::End(file) => import.end_file(*file)?,
        }
    }
    Ok(())
}

/// Reads inputs into a begun import. Answers the files that were passed over.
pub(crate) fn read_into(
    inputs: &[PathBuf],
    system: Option<&str>,
    import: &mut Import,
    job: &dyn Job,
) -> Result<Vec<(String, String)>, Error> {
    let set = InputSet::gather(inputs).map_err(|error| Error::input(&error))?;
    let next_file = import.next_file();
    let (read, written) = std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(QUEUE);
        let set = &set;
        let reader = scope.spawn(move || {
            let mut sink = Sender { channel: sender, next_file };
            importers::read_inputs(set, system, &mut sink, job)
        });
        let written = write(receiver, import);
        let read = reader.join().expect("a reader does not panic");
        (read, written)
    });
    written?;
    read.map_err(|error| match error {
        // The writer ended without an error only after the reader did, so this cannot be told apart from a cancel.
        ImportError::Sink(WriterGone) | ImportError::Cancelled => Error::Cancelled,
        ImportError::Input(error) => Error::from_import(ImportError::Input(error)),
        ImportError::File { path, source } => Error::from_import(ImportError::File { path, source }),
        ImportError::Encoding { path, reason } => Error::from_import(ImportError::Encoding { path, reason }),
        ImportError::UnknownSystem { path, known } => Error::from_import(ImportError::UnknownSystem { path, known }),
        ImportError::NoSuchSystem { name, known } => Error::from_import(ImportError::NoSuchSystem { name, known }),
        other => Error::Input { path: String::new(), row: 0, column: String::new(), message: other_text(&other) },
    })
}

fn other_text(error: &ImportError<WriterGone>) -> String {
    match error {
        ImportError::Input(error) => error.to_string(),
        _ => "the input could not be read".to_owned(),
    }
}
