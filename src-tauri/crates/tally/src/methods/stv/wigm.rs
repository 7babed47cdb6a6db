//! The weighted inclusive Gregory method: in general, and as the PR Foundation's reference rule with four decimal places
//! (<https://prfound.org/resources/reference/reference-wigm-rule/>), which may exclude sure losers together.

use super::gregory::{Parcel, Plan, Quota};
use super::ties::Before;

/// One exclusion a round, ties by the order given.
pub(super) const PLAN: Plan = Plan {
    quota: Quota::Exact,
    parcel: Parcel::Weighted,
    before: Before::Nothing,
    batch: false,
    all_surpluses: false,
    ends_early: false,
};

/// Sure losers go together.
pub(super) const BATCH: Plan = Plan { batch: true, ..PLAN };
