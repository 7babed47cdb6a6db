//! Placeholder for the origin's own reports.
