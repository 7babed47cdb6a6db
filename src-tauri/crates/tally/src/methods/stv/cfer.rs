//! The rule of Californians for Electoral Reform: weighted inclusive Gregory with five decimal places. All surpluses of a
//! round pass on before anybody is elected again; the ballots of the last one excluded stay where they lie.

use super::gregory::Plan;
use super::wigm;

/// One exclusion a round.
pub(super) const PLAN: Plan = Plan { all_surpluses: true, ends_early: true, ..wigm::PLAN };

/// Sure losers go together, before surpluses.
pub(super) const BATCH: Plan = Plan { batch: true, ..PLAN };
