//! Long work: one thread for each job, progress at most ten times a second, cancelling by number.
//!
//! The work reports as often as it likes; a ticker beside it looks at the counters and tells the window. One writing job
//! runs at a time; the integrity check of an opened case may run beside it, since it only reads. Tending (making indexes)
//! writes too, but nothing that anybody would miss: it gives way as soon as other work wants to write.

use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use domain::Job;
use tauri::ipc::Channel;

use crate::state::lock;
use crate::wire::error::{ErrorCode, ErrorView};
use crate::wire::job::{JobEvent, JobOutcome, Progress};

/// Time between two messages to the window.
const TICK: Duration = Duration::from_millis(100);

/// Time after which a rate says something.
const RATE_AFTER: Duration = Duration::from_secs(1);

/// Longest wait for tending to stop; after that the wish is refused as busy.
const TENDING_STOPS_WITHIN: Duration = Duration::from_secs(10);

/// Number of a job.
pub(crate) type JobId = u64;

/// All running jobs.
#[derive(Default)]
pub(crate) struct Jobs {
    last: AtomicU64,
    running: Mutex<BTreeMap<JobId, Arc<Watch>>>,
    is_writing: AtomicBool,
    tending: Mutex<Option<JobId>>,
}

/// The right to write, given back when dropped.
pub(crate) struct Turn<'a>(&'a AtomicBool);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

/// Whether a job changes the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Reads,
    Writes,
    /// Writes what can be made again at any time, and gives way.
    Tends,
}

impl Jobs {
    /// Starts `work` on a thread of its own and returns at once.
    ///
    /// # Errors
    /// Another writing job runs.
    pub(crate) fn start(
        self: &Arc<Self>,
        access: Access,
        channel: Channel<JobEvent>,
        work: impl FnOnce(&dyn Job) -> Result<JobOutcome, ErrorView> + Send + 'static,
    ) -> Result<JobId, ErrorView> {
        if access == Access::Writes {
            self.stop_tending();
        }
        if access != Access::Reads {
            std::mem::forget(self.take_writing()?);
        }
        let id = self.last.fetch_add(1, Ordering::SeqCst) + 1;
        if access == Access::Tends {
            *lock(&self.tending) = Some(id);
        }
        let watch = Arc::new(Watch::default());
        lock(&self.running).insert(id, Arc::clone(&watch));
        let jobs = Arc::clone(self);
        thread::spawn(move || {
            let ticker = spawn_ticker(Arc::clone(&watch), channel.clone());
            let result = panic::catch_unwind(AssertUnwindSafe(|| work(watch.as_ref())));
            watch.is_over.store(true, Ordering::SeqCst);
            ticker.thread().unpark();
            // The last word must come after the ticker's, or the window would show a finished job as running.
            let _ = ticker.join();
            lock(&jobs.running).remove(&id);
            if access == Access::Tends {
                *lock(&jobs.tending) = None;
            }
            if access != Access::Reads {
                jobs.is_writing.store(false, Ordering::SeqCst);
            }
            let _ = channel.send(last_word(result));
        });
        Ok(id)
    }

    /// The right to write a little, while no long work does.
    ///
    /// # Errors
    /// Another writing job runs.
    pub(crate) fn take_turn(&self) -> Result<Turn<'_>, ErrorView> {
        self.stop_tending();
        self.take_writing()
    }

    fn take_writing(&self) -> Result<Turn<'_>, ErrorView> {
        if self.is_writing.swap(true, Ordering::SeqCst) {
            return Err(ErrorView::new(
                ErrorCode::Busy,
                "Other work on this case is still running.",
                "Wait until it is done, or cancel it.",
            ));
        }
        Ok(Turn(&self.is_writing))
    }

    /// Stops tending and waits until it has stopped, which takes a moment.
    pub(crate) fn stop_tending(&self) {
        let began = Instant::now();
        while let Some(id) = *lock(&self.tending)
            && began.elapsed() < TENDING_STOPS_WITHIN
        {
            self.cancel(id);
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Asks a job to stop; it does so at its next batch.
    pub(crate) fn cancel(&self, id: JobId) {
        if let Some(watch) = lock(&self.running).get(&id) {
            watch.is_cancelled.store(true, Ordering::SeqCst);
        }
    }
}

fn last_word(result: thread::Result<Result<JobOutcome, ErrorView>>) -> JobEvent {
    match result {
        Ok(Ok(outcome)) => JobEvent::Done { outcome },
        Ok(Err(error)) if error.code == ErrorCode::Cancelled => JobEvent::Cancelled,
        Ok(Err(error)) => JobEvent::Failed { error },
        Err(_) => JobEvent::Failed { error: ErrorView::internal() },
    }
}

fn spawn_ticker(watch: Arc<Watch>, channel: Channel<JobEvent>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut told = None;
        while !watch.is_over.load(Ordering::SeqCst) {
            let progress = watch.progress(Instant::now());
            if told.as_ref() != Some(&progress) && channel.send(JobEvent::Progress(progress.clone())).is_ok() {
                told = Some(progress);
            }
            thread::park_timeout(TICK);
        }
    })
}

/// The counters of one job.
struct Watch {
    step: Mutex<Step>,
    done: AtomicU64,
    is_cancelled: AtomicBool,
    is_over: AtomicBool,
}

struct Step {
    name: String,
    total: Option<u64>,
    began: Instant,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            step: Mutex::new(Step { name: String::new(), total: None, began: Instant::now() }),
            done: AtomicU64::new(0),
            is_cancelled: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
        }
    }
}

impl Watch {
    fn progress(&self, now: Instant) -> Progress {
        let step = lock(&self.step);
        let done = self.done.load(Ordering::Relaxed);
        let elapsed = now.saturating_duration_since(step.began);
        let per_second = match u64::try_from(elapsed.as_millis()) {
            Ok(millis) if elapsed >= RATE_AFTER => done.saturating_mul(1000) / millis.max(1),
            _ => 0,
        };
        let left = step.total.map(|total| total.saturating_sub(done));
        let seconds_left = left.filter(|_| per_second > 0).map(|left| left.div_ceil(per_second));
        Progress { step: step.name.clone(), done, total: step.total, per_second, seconds_left }
    }
}

impl Job for Watch {
    fn begin(&self, name: &str, total: Option<u64>) {
        let mut step = lock(&self.step);
        *step = Step { name: name.to_owned(), total, began: Instant::now() };
        self.done.store(0, Ordering::Relaxed);
    }

    fn advance(&self, count: u64) {
        self.done.fetch_add(count, Ordering::Relaxed);
    }

    fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    use tauri::ipc::InvokeResponseBody;

    /// Runs work as a job and returns everything the window was told.
    fn told(work: impl FnOnce(&dyn Job) -> Result<JobOutcome, ErrorView> + Send + 'static) -> Vec<String> {
        let (sender, receiver) = mpsc::channel();
        let sender = Mutex::new(sender);
        let channel = Channel::new(move |body| {
            if let InvokeResponseBody::Json(text) = body {
                let _ = lock(&sender).send(text);
            }
            Ok(())
        });
        let jobs = Arc::new(Jobs::default());
        jobs.start(Access::Writes, channel, work).expect("nothing else runs");
        let mut events = Vec::new();
        while let Ok(event) = receiver.recv_timeout(Duration::from_secs(5)) {
            let is_last = !event.contains("\"progress\"");
            events.push(event);
            if is_last {
                break;
            }
        }
        assert!(!jobs.is_writing.load(Ordering::SeqCst), "the next job may start");
        events
    }

    #[test]
    fn the_result_is_the_last_word() {
        let events = told(|job| {
            job.begin("read", Some(2));
            job.advance(2);
            Ok(JobOutcome::Rechecked { problems: Vec::new() })
        });
        assert!(events.last().is_some_and(|event| event.contains("\"done\"")), "{events:?}");
    }

    #[test]
    fn a_panic_becomes_an_error_and_not_silence() {
        let events = told(|_| panic!("a broken invariant"));
        assert!(events.last().is_some_and(|event| event.contains("\"internal\"")), "{events:?}");
    }

    #[test]
    fn tending_gives_way_to_other_work_and_other_work_does_not() {
        let jobs = Arc::new(Jobs::default());
        let silent = || Channel::new(|_| Ok(()));
        let tend = |job: &dyn Job| {
            while !job.is_cancelled() {
                thread::sleep(Duration::from_millis(1));
            }
            Err(ErrorView::new(ErrorCode::Cancelled, "", ""))
        };
        jobs.start(Access::Tends, silent(), tend).expect("nothing else runs");
        let turn = jobs.take_turn().expect("tending gives way");
        assert!(jobs.take_turn().is_err(), "one at a time");
        drop(turn);
        let (sender, receiver) = mpsc::channel::<()>();
        let work = move |_: &dyn Job| {
            let _ = receiver.recv();
            Ok(JobOutcome::Prepared { made: 0 })
        };
        jobs.start(Access::Writes, silent(), work).expect("nothing else runs");
        assert!(jobs.start(Access::Tends, silent(), tend).is_err(), "tending waits for nobody's cancel");
        drop(sender);
    }

    #[test]
    fn stopping_is_no_failure() {
        let events = told(|_| Err(ErrorView::new(ErrorCode::Cancelled, "", "")));
        assert!(events.last().is_some_and(|event| event.contains("\"cancelled\"")), "{events:?}");
    }

    #[test]
    fn a_rate_is_told_once_it_says_something() {
        let watch = Watch::default();
        watch.begin("read", Some(300));
        watch.advance(100);
        let began = lock(&watch.step).began;
        assert_eq!(watch.progress(began + Duration::from_millis(10)).per_second, 0);
        let later = watch.progress(began + Duration::from_secs(2));
        assert_eq!((later.per_second, later.seconds_left), (50, Some(4)));
    }
}
