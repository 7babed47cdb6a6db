//! Import: one thread reads and cuts files into pieces, workers take the pieces apart and check the votes, one writer puts
//! them into the case in the order of reading.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use domain::evidence::Reject;
use domain::{FileId, Job, Place, ReadFile, Record, TableRow, VoteView};
use importers::formats::ReadError;
use importers::{ImportError, InputSet, Intake, Piece};
use store::Import;
use store::tables::ballot::BallotBatch;
use store::tables::vote::VoteBatch;

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
    /// What the check of signatures showed, where it was made while reading.
    pub signatures: Option<SignaturesRead>,
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
    /// The system that the files come from; one import holds files of one.
    pub fn system(&self) -> &str {
        self.files.iter().map(|file| file.system.as_str()).find(|system| !system.is_empty()).unwrap_or_default()
    }

    pub(crate) fn from_totals(
        totals: store::ImportTotals,
        ignored: Vec<(String, String)>,
        signatures: Option<SignaturesRead>,
    ) -> Self {
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
            signatures,
        }
    }
}

/// Checks a vote while it is read; true where its signature is valid under the newest scheme and the key of first choice.
pub(crate) type VoteCheck<'a> = dyn Fn(&VoteView<'_>) -> bool + Sync + 'a;

/// What a check of all votes in the pass of reading showed.
#[derive(Clone, Debug, Default)]
pub struct SignaturesRead {
    /// Votes looked at.
    pub checked: u64,
    /// Where the votes stand that need a closer look: everything but a valid signature of the newest scheme.
    pub open: Vec<Place>,
}

/// Pieces between reader and writer, for each worker.
const QUEUE: usize = 3;

/// What the writer gets, in the order of reading.
enum Message {
    Begin(String),
    Parsed(Receiver<Parsed>),
    Records(Vec<Record>),
    Reject(Reject),
    End(Box<ReadFile>),
}

/// A piece, taken apart.
#[derive(Default)]
struct Parsed {
    votes: VoteBatch,
    ballots: BallotBatch,
    records: Vec<Record>,
    rejects: Vec<Reject>,
    signatures: SignaturesRead,
    failure: Option<(String, ReadError)>,
}

struct Parser<'a> {
    parsed: Parsed,
    check: Option<&'a VoteCheck<'a>>,
}

impl importers::Receiver for Parser<'_> {
    fn vote(&mut self, vote: &VoteView<'_>) {
        if let Some(check) = self.check {
            self.parsed.signatures.checked += 1;
            if !check(vote) {
                self.parsed.signatures.open.extend(vote.place);
            }
        }
        self.parsed.votes.push(vote);
    }

    fn record(&mut self, record: Record) {
        match record {
            Record::Ballot(ballot) => self.parsed.ballots.push(*ballot),
            record => self.parsed.records.push(record),
        }
    }

    fn reject(&mut self, reject: Reject) {
        self.parsed.rejects.push(reject);
    }
}

fn parse(piece: &Piece, check: Option<&VoteCheck<'_>>) -> Parsed {
    let mut parser = Parser { parsed: Parsed::default(), check };
    if let Err(error) = piece.read(&mut parser) {
        parser.parsed.failure = Some((piece.path().to_owned(), error));
    }
    parser.parsed
}

/// The reader's end: it cuts files into pieces, workers take them apart, the writer gets them back in order. File numbers
/// are given out in order, which the writer repeats.
struct Sender {
    writer: SyncSender<Message>,
    workers: SyncSender<(Piece, SyncSender<Parsed>)>,
    next_file: i64,
}

/// The writer is gone: its own error says why.
struct WriterGone;

impl Sender {
    fn send(&self, message: Message) -> Result<(), WriterGone> {
        self.writer.send(message).map_err(|_| WriterGone)
    }
}

impl Intake for Sender {
    type Error = WriterGone;

    fn begin_file(&mut self, path: &str) -> Result<FileId, WriterGone> {
        let id = FileId(self.next_file);
        self.next_file += 1;
        self.send(Message::Begin(path.to_owned())).map(|()| id)
    }

    fn piece(&mut self, piece: Piece) -> Result<(), WriterGone> {
        let (answer, parsed) = sync_channel(1);
        self.send(Message::Parsed(parsed))?;
        self.workers.send((piece, answer)).map_err(|_| WriterGone)
    }

    fn document(&mut self, row: TableRow) -> Result<(), WriterGone> {
        self.send(Message::Records(vec![Record::Row(row)]))
    }

    fn reject(&mut self, reject: Reject) -> Result<(), WriterGone> {
        self.send(Message::Reject(reject))
    }

    fn end_file(&mut self, file: ReadFile) -> Result<(), WriterGone> {
        self.send(Message::End(Box::new(file)))
    }
}

/// Takes what was read, in order.
trait Taker {
    fn begin(&mut self, path: &str);
    fn take(&mut self, parsed: Parsed) -> Result<(), Error>;
    fn end(&mut self, file: ReadFile) -> Result<(), Error>;
}

impl Taker for Import {
    fn begin(&mut self, path: &str) {
        self.begin_file(path);
    }

    fn take(&mut self, parsed: Parsed) -> Result<(), Error> {
        self.votes(parsed.votes)?;
        self.ballots(parsed.ballots)?;
        Import::take(self, parsed.records)?;
        for reject in parsed.rejects {
            self.reject(reject)?;
        }
        Ok(())
    }

    fn end(&mut self, file: ReadFile) -> Result<(), Error> {
        Ok(self.end_file(file)?)
    }
}

/// Takes nothing over: for checks that need no case.
struct Nobody;

impl Taker for Nobody {
    fn begin(&mut self, _path: &str) {}

    fn take(&mut self, _parsed: Parsed) -> Result<(), Error> {
        Ok(())
    }

    fn end(&mut self, _file: ReadFile) -> Result<(), Error> {
        Ok(())
    }
}

fn write(queue: Receiver<Message>, taker: &mut dyn Taker) -> Result<SignaturesRead, Error> {
    let mut signatures = SignaturesRead::default();
    for message in queue {
        let parsed = match message {
            Message::Begin(path) => {
                taker.begin(&path);
                continue;
            }
            Message::End(file) => {
                taker.end(*file)?;
                continue;
            }
            // A worker that is gone was told to stop; the reader says why.
            Message::Parsed(answer) => match answer.recv() {
                Ok(parsed) => parsed,
                Err(_) => continue,
            },
            Message::Records(records) => Parsed { records, ..Parsed::default() },
            Message::Reject(reject) => Parsed { rejects: vec![reject], ..Parsed::default() },
        };
        let mut parsed = parsed;
        if let Some((path, source)) = parsed.failure.take() {
            return Err(Error::from_import(ImportError::File { path, source }));
        }
        signatures.checked += parsed.signatures.checked;
        signatures.open.append(&mut parsed.signatures.open);
        taker.take(parsed)?;
    }
    Ok(signatures)
}

/// Reads inputs into a begun import, checking each vote on the way where a check is given. Answers the files that were
/// passed over, and what the check showed.
pub(crate) fn read_into(
    inputs: &[PathBuf],
    system: Option<&str>,
    import: &mut Import,
    check: Option<&VoteCheck<'_>>,
    job: &dyn Job,
) -> Result<(Vec<(String, String)>, SignaturesRead), Error> {
    let next_file = import.next_file();
    read_through(inputs, system, next_file, import, check, job)
}

/// Reads inputs for the check alone; nothing is kept.
pub(crate) fn read_only(
    inputs: &[PathBuf],
    system: Option<&str>,
    check: &VoteCheck<'_>,
    job: &dyn Job,
) -> Result<SignaturesRead, Error> {
    Ok(read_through(inputs, system, 1, &mut Nobody, Some(check), job)?.1)
}

fn read_through(
    inputs: &[PathBuf],
    system: Option<&str>,
    next_file: i64,
    taker: &mut dyn Taker,
    check: Option<&VoteCheck<'_>>,
    job: &dyn Job,
) -> Result<(Vec<(String, String)>, SignaturesRead), Error> {
    let set = InputSet::gather(inputs).map_err(|error| Error::input(&error))?;
    let threads = rayon::current_num_threads().max(1);
    let (read, written) = std::thread::scope(|scope| {
        let (writer, queue) = sync_channel(QUEUE * threads);
        let (workers, pieces) = sync_channel::<(Piece, SyncSender<Parsed>)>(QUEUE * threads);
        let pieces = Arc::new(Mutex::new(pieces));
        for _ in 0..threads {
            let pieces = Arc::clone(&pieces);
            scope.spawn(move || {
                loop {
                    let next = pieces.lock().ok().and_then(|pieces| pieces.recv().ok());
                    let Some((piece, answer)) = next else { return };
                    // Nobody waits for the answer once the writer has failed.
                    let _ = answer.send(parse(&piece, check));
                }
            });
        }
        // The workers' list ends when the reader's end of it goes.
        drop(pieces);
        let set = &set;
        let reader = scope.spawn(move || {
            let mut intake = Sender { writer, workers, next_file };
            importers::read_inputs(set, system, &mut intake, job)
        });
        let written = write(queue, taker);
        let read = reader.join().expect("a reader does not panic");
        (read, written)
    });
    let signatures = written?;
    let ignored = read.map_err(|error| match error {
        // The writer ended without an error only after the reader did, so this cannot be told apart from a cancel.
        ImportError::Sink(WriterGone) | ImportError::Cancelled => Error::Cancelled,
        ImportError::Input(error) => Error::from_import(ImportError::Input(error)),
        ImportError::File { path, source } => Error::from_import(ImportError::File { path, source }),
        ImportError::Encoding { path, reason } => Error::from_import(ImportError::Encoding { path, reason }),
        ImportError::Mixed { found } => Error::from_import(ImportError::Mixed { found }),
        ImportError::UnknownSystem { path, known } => Error::from_import(ImportError::UnknownSystem { path, known }),
        ImportError::NoSuchSystem { name, known } => Error::from_import(ImportError::NoSuchSystem { name, known }),
        other => Error::Input { path: String::new(), row: 0, column: String::new(), message: other_text(&other) },
    })?;
    Ok((ignored, signatures))
}

fn other_text(error: &ImportError<WriterGone>) -> String {
    match error {
        ImportError::Input(error) => error.to_string(),
        _ => "the input could not be read".to_owned(),
    }
}
