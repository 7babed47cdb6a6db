//! What the window holds: the open case, the chosen inputs, keys in memory, running jobs.
//!
//! Screens read through the one open handle. An audit, a report and the check of stored evidence open a handle of their
//! own, so that no screen waits for them. An import is alone with the case: a first import puts a new file in its place,
//! and a second handle would go on with the old one and its journal.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};
use std::thread;
use std::time::Duration;

use domain::{Job, KeyRing, ReceiptStatement};
use tauri::ipc::Channel;
use workflow::incident::incidents::Library;
use workflow::incident::read_library;
use workflow::{Browser, Case, Comparison, Counted, SubjectSheet};

use crate::jobs::Jobs;
use crate::office::Office;
use crate::places::{CASE_ENDING, Places};
use crate::wire::case::{ChosenInputs, DropEvent, RecentCase};
use crate::wire::error::ErrorView;
use crate::wire::exhibit::AddressVotes;

/// What the command line asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Opening {
    pub(crate) case: Option<PathBuf>,
    pub(crate) is_sample: bool,
}

/// The case that is open.
pub(crate) struct OpenCase {
    pub(crate) case: Case,
    pub(crate) path: PathBuf,
    pub(crate) is_sample: bool,
}

/// The place of the open case.
#[derive(Default)]
pub(crate) struct CaseSlot {
    open: Mutex<Option<OpenCase>>,
    /// Held for reading by work with a handle of its own, for writing by an import.
    handles: RwLock<()>,
    /// Reads the long tables; opened when it is first needed.
    looking: Mutex<Option<Looking>>,
}

/// What the long tables are read with.
pub(crate) struct Looking {
    pub(crate) browser: Browser,
    /// Addresses of the election that was asked for last.
    pub(crate) addresses: Option<(String, Vec<AddressVotes>)>,
}

impl CaseSlot {
    /// Runs work that opens a handle of its own. Not for the window's own thread: it waits for a running import.
    pub(crate) fn beside<T>(&self, work: impl FnOnce(&Path) -> Result<T, workflow::Error>) -> Result<T, ErrorView> {
        let _handle = self.handles.read().unwrap_or_else(PoisonError::into_inner);
        let path = self.path()?;
        work(&path).map_err(ErrorView::from)
    }

    /// Runs work on the open handle while there is no other one.
    pub(crate) fn alone<T>(
        &self,
        job: &dyn Job,
        work: impl FnOnce(&mut Case) -> Result<T, workflow::Error>,
    ) -> Result<T, ErrorView> {
        let _alone = loop {
            match self.handles.try_write() {
                Ok(guard) => break guard,
                Err(TryLockError::Poisoned(poisoned)) => break poisoned.into_inner(),
                Err(TryLockError::WouldBlock) if job.is_cancelled() => return Err(workflow::Error::Cancelled.into()),
                Err(TryLockError::WouldBlock) => thread::sleep(WAIT),
            }
        };
        // Its handle would go on with the file that the import replaces.
        let mut looking = lock(&self.looking);
        *looking = None;
        let mut guard = lock(&self.open);
        let open = guard.as_mut().ok_or_else(ErrorView::no_case)?;
        work(&mut open.case).map_err(ErrorView::from)
    }

    /// Forgets what the tables were read with, since what they show has changed.
    pub(crate) fn look_anew(&self) {
        *lock(&self.looking) = None;
    }

    fn look<T>(&self, act: impl FnOnce(&mut Looking) -> Result<T, workflow::Error>) -> Result<T, ErrorView> {
        let mut looking = lock(&self.looking);
        if looking.is_none() {
            let (path, report) = {
                let guard = lock(&self.open);
                let open = guard.as_ref().ok_or_else(ErrorView::no_case)?;
                (open.path.clone(), open.case.latest_report()?)
            };
            *looking = Some(Looking { browser: Browser::open(&path, report.map(Arc::new))?, addresses: None });
        }
        let looking = looking.as_mut().ok_or_else(ErrorView::internal)?;
        act(looking).map_err(ErrorView::from)
    }

    fn path(&self) -> Result<PathBuf, ErrorView> {
        lock(&self.open).as_ref().map(|open| open.path.clone()).ok_or_else(ErrorView::no_case)
    }
}

/// Time between two looks at whether the case is free.
const WAIT: Duration = Duration::from_millis(20);

/// Files chosen to be imported.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inputs {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) is_sample: bool,
}

impl Inputs {
    pub(crate) fn view(&self) -> ChosenInputs {
        let paths = self.paths.iter().map(|path| path.display().to_string()).collect();
        ChosenInputs { paths, is_sample: self.is_sample }
    }
}

/// Everything the window holds.
pub(crate) struct Desk {
    pub(crate) places: Places,
    pub(crate) jobs: Arc<Jobs>,
    opening: Mutex<Opening>,
    slot: Arc<CaseSlot>,
    inputs: Mutex<Inputs>,
    keys: Mutex<Option<KeyRing>>,
    /// Answered last at the receipt desk, until the next voter comes.
    receipts: Mutex<Option<ReceiptStatement>>,
    subject: Mutex<Option<SubjectSheet>>,
    comparison: Mutex<Option<Arc<Comparison>>>,
    /// Counted last in the counting room.
    counted: Mutex<Option<Counted>>,
    /// Who is signed in, and the desk.
    office: Arc<Office>,
    /// The roll file that was chosen last.
    roll_file: Mutex<Option<PathBuf>>,
    drops: Mutex<Option<Channel<DropEvent>>>,
    /// Playbooks and common files as they were read last, with what the office's folder looked like then.
    playbooks: Mutex<Option<(String, Arc<Library>)>>,
}

/// A panic elsewhere must not take the whole window down: what the locks guard is replaced as a whole, never half.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    pub(crate) fn new(opening: Opening, places: Places) -> Self {
        Self {
            places,
            jobs: Arc::default(),
            opening: Mutex::new(opening),
            slot: Arc::default(),
            inputs: Mutex::default(),
            keys: Mutex::default(),
            receipts: Mutex::default(),
            subject: Mutex::default(),
            comparison: Mutex::default(),
            counted: Mutex::default(),
            office: Arc::default(),
            roll_file: Mutex::default(),
            drops: Mutex::default(),
            playbooks: Mutex::default(),
        }
    }

    /// What the command line asked for; only once, so that a reloaded page does not open the case again.
    pub(crate) fn take_opening(&self) -> Opening {
        std::mem::take(&mut *lock(&self.opening))
    }

    /// Makes a case the open one. Keys of the case before are forgotten.
    pub(crate) fn put(&self, case: Case, path: PathBuf, title: &str) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let is_sample = name.starts_with(crate::sample::NAME);
        self.places.remember(RecentCase { path: path.display().to_string(), title: title.to_owned() });
        *lock(&self.keys) = None;
        *lock(&self.receipts) = None;
        *lock(&self.subject) = None;
        *lock(&self.comparison) = None;
        *lock(&self.counted) = None;
        self.office.forget();
        self.slot.look_anew();
        *lock(&self.slot.open) = Some(OpenCase { case, path, is_sample });
    }

    /// Closes the case.
    pub(crate) fn close(&self) {
        *lock(&self.keys) = None;
        *lock(&self.receipts) = None;
        *lock(&self.subject) = None;
        *lock(&self.comparison) = None;
        *lock(&self.counted) = None;
        *lock(&self.inputs) = Inputs::default();
        *lock(&self.roll_file) = None;
        self.office.forget();
        self.jobs.stop_tending();
        self.slot.look_anew();
        *lock(&self.slot.open) = None;
    }

    /// The place of the open case, for jobs.
    pub(crate) fn slot(&self) -> Arc<CaseSlot> {
        Arc::clone(&self.slot)
    }

    /// Reads from the open case on a thread where waiting harms nobody.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        act: impl FnOnce(&OpenCase) -> Result<T, workflow::Error> + Send + 'static,
    ) -> Result<T, ErrorView> {
        let slot = self.slot();
        let work = move || {
            let guard = lock(&slot.open);
            act(guard.as_ref().ok_or_else(ErrorView::no_case)?).map_err(ErrorView::from)
        };
        in_background(work).await?
    }

    /// Reads from the long tables on a thread where waiting harms nobody.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Looking) -> Result<T, workflow::Error> + Send + 'static,
    ) -> Result<T, ErrorView> {
        let slot = self.slot();
        in_background(move || slot.look(act)).await?
    }

    /// Changes something small in the open case; refused while long work writes to it.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Case) -> Result<T, workflow::Error> + Send + 'static,
    ) -> Result<T, ErrorView> {
        let (slot, jobs) = (self.slot(), Arc::clone(&self.jobs));
        in_background(move || {
            let _turn = jobs.take_turn()?;
            let done = {
                let mut guard = lock(&slot.open);
                act(&mut guard.as_mut().ok_or_else(ErrorView::no_case)?.case).map_err(ErrorView::from)
            };
            slot.look_anew();
            done
        })
        .await?
    }

    pub(crate) fn inputs(&self) -> Inputs {
        lock(&self.inputs).clone()
    }

    pub(crate) fn choose(&self, inputs: Inputs) -> ChosenInputs {
        let view = inputs.view();
        *lock(&self.inputs) = inputs;
        view
    }

    pub(crate) fn keys(&self) -> Option<KeyRing> {
        lock(&self.keys).clone()
    }

    pub(crate) fn hold_keys(&self, keys: Option<KeyRing>) {
        *lock(&self.keys) = keys;
    }

    pub(crate) fn receipts(&self) -> Option<ReceiptStatement> {
        lock(&self.receipts).clone()
    }

    pub(crate) fn hold_receipts(&self, statement: Option<ReceiptStatement>) {
        *lock(&self.receipts) = statement;
    }

    pub(crate) fn subject(&self) -> Option<SubjectSheet> {
        lock(&self.subject).clone()
    }

    pub(crate) fn hold_subject(&self, sheet: SubjectSheet) {
        *lock(&self.subject) = Some(sheet);
    }

    pub(crate) fn comparison(&self) -> Option<Arc<Comparison>> {
        lock(&self.comparison).clone()
    }

    pub(crate) fn hold_comparison(&self, comparison: Arc<Comparison>) {
        *lock(&self.comparison) = Some(comparison);
    }

    pub(crate) fn counted(&self) -> Option<Counted> {
        lock(&self.counted).clone()
    }

    pub(crate) fn hold_counted(&self, counted: Counted) {
        *lock(&self.counted) = Some(counted);
    }

    /// Who is signed in, and the desk.
    pub(crate) fn office(&self) -> Arc<Office> {
        Arc::clone(&self.office)
    }

    pub(crate) fn roll_file(&self) -> Option<PathBuf> {
        lock(&self.roll_file).clone()
    }

    pub(crate) fn hold_roll_file(&self, path: PathBuf) {
        *lock(&self.roll_file) = Some(path);
    }

    /// The playbooks and common files in use: those of the office's folder over the shipped ones. They are read again once a
    /// file of the folder is another.
    pub(crate) fn library(&self) -> Result<Arc<Library>, workflow::Error> {
        let folder = self.places.office();
        let looks = looks_of(&folder);
        let mut held = lock(&self.playbooks);
        if let Some((_, library)) = held.as_ref().filter(|(known, _)| *known == looks) {
            return Ok(Arc::clone(library));
        }
        let library = Arc::new(read_library(folder.is_dir().then_some(folder.as_path()))?);
        *held = Some((looks, Arc::clone(&library)));
        Ok(library)
    }

    pub(crate) fn watch_drops(&self, channel: Channel<DropEvent>) {
        *lock(&self.drops) = Some(channel);
    }

    pub(crate) fn files_over(&self) {
        self.tell(DropEvent::Over);
    }

    pub(crate) fn files_left(&self) {
        self.tell(DropEvent::Left);
    }

    /// A single case file is opened; anything else is chosen for import.
    pub(crate) fn files_dropped(&self, paths: Vec<PathBuf>) {
        let event = match paths.as_slice() {
            [] => DropEvent::Left,
            [one] if one.extension().is_some_and(|ending| ending == CASE_ENDING) => {
                DropEvent::CaseDropped { path: one.display().to_string() }
            }
            _ => DropEvent::Dropped { paths: self.choose(Inputs { paths, is_sample: false }).paths },
        };
        self.tell(event);
    }

    fn tell(&self, event: DropEvent) {
        if let Some(channel) = &*lock(&self.drops) {
            // A page that is being reloaded does not listen; the next one asks anew.
            let _ = channel.send(event);
        }
    }
}

/// Names, sizes and times of a folder's files and of those one folder below; another text means that one changed.
fn looks_of(folder: &Path) -> String {
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path()).collect();
        paths.sort();
        paths
    };
    let mut looks = String::new();
    for path in entries(folder) {
        for file in if path.is_dir() { entries(&path) } else { vec![path] } {
            let known = std::fs::metadata(&file).ok();
            let changed = known.as_ref().and_then(|known| known.modified().ok());
            looks.push_str(&format!("{} {changed:?} {:?}\n", file.display(), known.map(|known| known.len())));
        }
    }
    looks
}

/// Runs waiting work away from the window's own thread.
pub(crate) async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ErrorView> {
    tauri::async_runtime::spawn_blocking(work).await.map_err(|_| ErrorView::internal())
}
