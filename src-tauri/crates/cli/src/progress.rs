//! Progress on a terminal: one line, redrawn a few times a second; silent otherwise.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use workflow::domain::Job;

struct State {
    step: String,
    total: Option<u64>,
    done: u64,
    shown_at: Option<Instant>,
}

/// A job that draws on standard error.
pub(crate) struct Progress {
    state: Mutex<State>,
    is_shown: bool,
    cancelled: AtomicBool,
}

impl Progress {
    pub(crate) fn new(is_quiet: bool) -> Self {
        Self {
            state: Mutex::new(State { step: String::new(), total: None, done: 0, shown_at: None }),
            is_shown: !is_quiet && std::io::stderr().is_terminal(),
            cancelled: AtomicBool::new(false),
        }
    }

    /// Asks the work to stop.
    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    fn draw(&self, state: &mut State) {
        let share = match state.total {
            Some(total) if total > 0 => format!(" {:>3} %", (state.done.saturating_mul(100) / total).min(100)),
            _ => String::new(),
        };
        let mut out = std::io::stderr().lock();
        let _ = write!(out, "\r\x1b[2K{}{share}", state.step);
        let _ = out.flush();
        state.shown_at = Some(Instant::now());
    }

    /// Clears the line.
    pub(crate) fn end(&self) {
        if self.is_shown {
            let mut out = std::io::stderr().lock();
            let _ = write!(out, "\r\x1b[2K");
            let _ = out.flush();
        }
    }
}

impl Job for Progress {
    fn begin(&self, step: &str, total: Option<u64>) {
        if !self.is_shown {
            return;
        }
        if let Ok(mut state) = self.state.lock() {
            *state = State { step: step.to_owned(), total, done: 0, shown_at: None };
            self.draw(&mut state);
        }
    }

    fn advance(&self, count: u64) {
        if !self.is_shown {
            return;
        }
        if let Ok(mut state) = self.state.lock() {
            state.done += count;
            if state.shown_at.is_none_or(|at| at.elapsed() > Duration::from_millis(100)) {
                self.draw(&mut state);
            }
        }
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}
