//! What long work tells the outside, and how the outside stops it.

/// Watches long work. Implementations decide how often to show anything; the work reports as often as it likes.
pub trait Job: Sync {
    /// Names the step that begins now and how many items it has, where that is known.
    fn begin(&self, step: &str, total: Option<u64>);
    /// Adds `count` finished items to the current step. Cheap; call once per batch.
    fn advance(&self, count: u64);
    /// True once the user asked to stop. Checked at least once per batch.
    fn is_cancelled(&self) -> bool;
}

/// A job that nobody watches and nobody stops.
pub struct Unwatched;

impl Job for Unwatched {
    fn begin(&self, _step: &str, _total: Option<u64>) {}
    fn advance(&self, _count: u64) {}
    fn is_cancelled(&self) -> bool {
        false
    }
}
