//! The rule of Scottish council elections: The Scottish Local Government Elections Order 2007 (SSI 2007/42), rules 45 to
//! 52. Weighted inclusive Gregory, whole Droop quota, five decimal places, the rest of every division left aside; ties by
//! the latest earlier stage at which votes were unequal, then by lot. Preferences must be consecutive.

use super::gregory::{Parcel, Plan, Quota};
use super::ties::Before;

pub(super) const PLAN: Plan = Plan {
    quota: Quota::Droop,
    parcel: Parcel::Weighted,
    before: Before::Latest,
    batch: false,
    all_surpluses: false,
    ends_early: false,
};
