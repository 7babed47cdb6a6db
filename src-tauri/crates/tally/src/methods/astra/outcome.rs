//! What a count answers: the origin's result, as values and as its JSON.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::decimal::Decimal;

/// The result of a count.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Votes needed for a seat, a whole number.
    pub quota: u64,
    /// Seats to fill.
    pub seats: usize,
    /// Ids in the order of their election.
    pub elected: Vec<i64>,
    /// Ids in the order of their exclusion as last.
    pub eliminated: Vec<i64>,
    /// Ids thrown out by exclusion groups, in order.
    pub forced_excluded: Vec<i64>,
    /// All rounds.
    pub rounds: Vec<Round>,
    /// Names of the candidates by id; empty where there is none.
    pub names: BTreeMap<i64, String>,
    /// Rounds that one phase was allowed.
    pub max_iterations: usize,
    /// What counted as no change.
    pub epsilon: Decimal,
}

/// One round of a count.
#[derive(Clone, Debug)]
pub struct Round {
    /// Number, from 1.
    pub iteration: usize,
    /// Ids elected in this round, in order.
    pub elected: Vec<i64>,
    /// Those of them who only filled the seats that were left.
    pub elected_to_fill: Vec<i64>,
    /// Id excluded as last.
    pub eliminated: Option<i64>,
    /// Exclusions by groups.
    pub forced_exclusions: Vec<ForcedExclusion>,
    /// Ties that were cut.
    pub tie_breaks: Vec<TieBreak>,
    /// Ids that may still be elected, by name.
    pub eligible: Vec<i64>,
    /// What each candidate keeps of a vote after this round, by ascending id: 0 to 1.
    pub retention_factors: Vec<(i64, Decimal)>,
    /// Votes that each candidate kept in this round, before the new factors, by ascending id.
    pub retained_totals: Vec<(i64, Decimal)>,
    /// True where nothing changed any more; always in a round that excludes.
    pub has_converged: bool,
    /// Largest change of a factor.
    pub largest_change: Decimal,
    /// Elected so far.
    pub elected_total: usize,
    /// True where nothing is left to decide.
    pub is_complete: bool,
    /// Ids that reached the quota in this round, in the order of the origin's hash table; `None` in a round that excludes.
    pub quota_reached: Option<Vec<i64>>,
}

/// A candidate thrown out because his group is full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForcedExclusion {
    /// Id of the candidate.
    pub candidate: i64,
    /// Public id of the group.
    pub group_public_id: String,
    /// Name of the group.
    pub group_name: String,
    /// Id of the candidate whose election filled the group.
    pub triggered_by: i64,
}

/// What a tie was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TieKind {
    /// Who is elected first.
    ElectionOrder,
    /// Who is excluded.
    Elimination,
}

/// A tie and how it was cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TieBreak {
    /// What it was about.
    pub kind: TieKind,
    /// Ids that were level, ascending.
    pub candidates: Vec<i64>,
    /// The same ids as they were put in order; the first is elected first, or excluded.
    pub ordered: Vec<i64>,
    /// The rules asked, in order.
    pub trace: Vec<TieStep>,
}

/// One rule asked about a tie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TieStep {
    /// 1 total of the round before, 2 votes arriving now, 3 first preferences, 4 tie-break text.
    pub rule: u8,
    /// What each tied candidate has by this rule, by ascending id: decimal text or tie-break text.
    pub values: Vec<(i64, String)>,
    /// Ids that are level still.
    pub remaining: Vec<i64>,
    /// True where one is left.
    pub is_decided: bool,
}

impl Outcome {
    /// The origin's result, without the two texts it writes about each round.
    ///
    /// Members: `quota`, `elected`, `eliminated`, `forced_excluded`, `rounds`. Ids are integers; quota, totals, factors
    /// and changes are texts.
    pub fn to_json(&self) -> Value {
        json!({
            "quota": self.quota.to_string(),
            "elected": self.elected,
            "eliminated": self.eliminated,
            "forced_excluded": self.forced_excluded,
            "rounds": self.rounds.iter().map(|round| round.to_json(self.seats)).collect::<Vec<_>>(),
        })
    }

    /// The same with the member `algorithm`, as the origin stores it with the election.
    pub fn to_stored_json(&self) -> Value {
        let mut stored = self.to_json();
        stored["algorithm"] = json!({
            "name": "Meek STV (High-Precision Variant)",
            "version": "1.0",
            "specification": { "doc": "docs/runbooks/meek-stv-elections.md", "url_path": "/elections/algorithm/" },
            "epsilon": self.epsilon.to_string(),
            "max_iterations": self.max_iterations,
        });
        stored
    }
}

impl Round {
    fn to_json(&self, seats: usize) -> Value {
        let mut round = json!({
            "iteration": self.iteration,
            "elected": self.elected,
            "elected_to_fill_remaining_seats": self.elected_to_fill,
            "eliminated": self.eliminated,
            "forced_exclusions": self.forced_exclusions.iter().map(ForcedExclusion::to_json).collect::<Vec<_>>(),
            "tie_breaks": self.tie_breaks.iter().map(TieBreak::to_json).collect::<Vec<_>>(),
            "eligible_candidates": self.eligible,
            "retention_factors": by_id(&self.retention_factors),
            "retained_totals": by_id(&self.retained_totals),
            "numerically_converged": self.has_converged,
            "max_retention_delta": self.largest_change.to_string(),
            "seats": seats,
            "elected_total": self.elected_total,
            "count_complete": self.is_complete,
        });
        if let Some(reached) = &self.quota_reached {
            round["quota_reached"] = json!(reached);
        }
        round
    }
}

impl ForcedExclusion {
    fn to_json(&self) -> Value {
        json!({
            "candidate_id": self.candidate,
            "group_public_id": self.group_public_id,
            "group_name": self.group_name,
            "triggered_by": self.triggered_by,
            "reason": "exclusion_group_max_reached",
        })
    }
}

impl TieBreak {
    fn to_json(&self) -> Value {
        let trace: Vec<Value> = self.trace.iter().map(TieStep::to_json).collect();
        match self.kind {
            TieKind::ElectionOrder => json!({
                "type": "election_order",
                "candidate_ids": self.candidates,
                "ordered": self.ordered,
                "rule_trace": trace,
            }),
            TieKind::Elimination => json!({
                "type": "elimination",
                "candidate_ids": self.candidates,
                "selected": self.ordered.first(),
                "rule_trace": trace,
            }),
        }
    }
}

impl TieStep {
    fn to_json(&self) -> Value {
        let title = match self.rule {
            1 => "prior round totals",
            2 => "current support totals",
            3 => "first-preference votes",
            _ => "fixed candidate ordering identifier",
        };
        let result = match (self.is_decided, self.rule) {
            (true, _) => "resolved",
            (false, 4) => "unresolved",
            (false, _) => "tied",
        };
        json!({
            "rule": self.rule,
            "title": title,
            "values": by_id(&self.values),
            "remaining": self.remaining,
            "result": result,
        })
    }
}

fn by_id<T: ToString>(values: &[(i64, T)]) -> Value {
    Value::Object(values.iter().map(|(id, value)| (id.to_string(), json!(value.to_string()))).collect::<Map<_, _>>())
}
