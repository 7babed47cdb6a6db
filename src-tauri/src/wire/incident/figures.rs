//! Metrics over incidents: each with its number, median and 90th percentile, so that a mean of three misleads nobody.

use serde::Serialize;
use ts_rs::TS;
use workflow::incident::CaseMetrics;
use workflow::incident::incidents::metrics::{IncidentFigures, Interval, MetricsOf, Rate};

use super::{GravityWord, iso};

/// A mean interval, in milliseconds, with what is needed to judge it.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct IntervalView {
    /// Short name: `mttd`, `mttr_respond`, `mtta`, `mttc`, `mttr_resolve`.
    pub id: String,
    /// Severity; null for all.
    pub severity: Option<GravityWord>,
    /// Incidents with both times.
    pub n: u64,
    /// Incidents that lack one of them.
    pub without: u64,
    /// Mean.
    pub mean_ms: Option<i64>,
    /// Median.
    pub median_ms: Option<i64>,
    /// 90th percentile.
    pub p90_ms: Option<i64>,
    /// What it is compared with.
    pub target_ms: Option<i64>,
    /// Incidents whose times contradict one another.
    pub negative: Vec<String>,
}

/// A share.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RateView {
    /// Group: `rate`, `clock` or `check`.
    pub group: String,
    /// Word of what it is about.
    pub id: String,
    /// Those that are.
    pub count: u64,
    /// Of all that could be.
    pub of: u64,
    /// The target in thousandths.
    pub target_permille: Option<u32>,
}

/// How many of a kind.
#[derive(Clone, Debug, Serialize, TS)]
pub struct KindCount {
    /// `severity`, `category`, `election` or `system`.
    pub group: String,
    /// Word or id.
    pub id: String,
    /// How many.
    pub count: u64,
}

/// The metrics of real incidents, or of exercises.
#[derive(Clone, Debug, Serialize, TS)]
pub struct FiguresView {
    /// Incidents counted.
    pub incidents: u64,
    /// Mean intervals.
    pub intervals: Vec<IntervalView>,
    /// Shares.
    pub rates: Vec<RateView>,
    /// Counts.
    pub counts: Vec<KindCount>,
    /// Action items that are late: incident, text, owner, due.
    pub overdue: Vec<(String, String, String, String)>,
}

fn interval(id: &str, severity: Option<GravityWord>, of: &Interval) -> IntervalView {
    IntervalView {
        id: id.to_owned(),
        severity,
        n: crate::wire::count(of.n),
        without: crate::wire::count(of.without),
        mean_ms: of.mean_ms,
        median_ms: of.median_ms,
        p90_ms: of.p90_ms,
        target_ms: of.target_ms,
        negative: of.negative.iter().map(ToString::to_string).collect(),
    }
}

fn rate(group: &str, id: &str, of: Rate) -> RateView {
    RateView {
        group: group.to_owned(),
        id: id.to_owned(),
        count: crate::wire::count(of.count),
        of: crate::wire::count(of.of),
        target_permille: of.target_permille,
    }
}

impl From<&MetricsOf> for FiguresView {
    fn from(of: &MetricsOf) -> Self {
        let mut intervals = vec![
            interval("mttd", None, &of.mttd),
            interval("mtta", None, &of.mtta),
            interval("mttr_respond", None, &of.mttr_respond),
            interval("mttc", None, &of.mttc),
            interval("mttr_resolve", None, &of.mttr_resolve),
        ];
        let by_severity = of.mttr_resolve_by_severity.iter();
        intervals.extend(by_severity.map(|(severity, of)| interval("mttr_resolve", Some((*severity).into()), of)));
        let mut rates = vec![
            rate("rate", "reviews", of.reviews),
            rate("rate", "reviews_in_time", of.reviews_in_time),
            rate("rate", "actions", of.actions),
            rate("rate", "updates", of.updates),
        ];
        rates.extend(of.clocks.iter().map(|(kind, of)| rate("clock", kind.word(), *of)));
        rates.extend(of.false_alarms_of_checks.iter().map(|(check, of)| rate("check", check, *of)));
        let count = |group: &str, id: &str, of: usize| KindCount {
            group: group.to_owned(),
            id: id.to_owned(),
            count: crate::wire::count(of),
        };
        let mut counts: Vec<KindCount> =
            of.by_severity.iter().map(|(word, of)| count("severity", word.word(), *of)).collect();
        counts.extend(of.by_category.iter().map(|(word, of)| count("category", word.word(), *of)));
        counts.extend(of.by_election.iter().map(|(id, of)| count("election", id, *of)));
        counts.extend(of.by_system.iter().map(|(id, of)| count("system", id, *of)));
        let late = of.overdue_actions.iter();
        Self {
            incidents: crate::wire::count(of.incidents),
            intervals,
            rates,
            counts,
            overdue: late
                .map(|one| {
                    let item = &one.action;
                    (one.incident.to_string(), item.text.clone(), item.owner.clone(), item.due.to_iso())
                })
                .collect(),
        }
    }
}

/// One incident of the log under the metrics.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FigureLine {
    /// Number.
    pub id: String,
    /// Severity.
    pub severity: GravityWord,
    /// Word of the status.
    pub status: String,
    /// An exercise.
    pub is_drill: bool,
    /// First sign noticed.
    pub detected: Option<String>,
    /// Resolved.
    pub resolved: Option<String>,
    /// Milliseconds from the first sign to the resolution.
    pub resolve_ms: Option<i64>,
}

impl From<&IncidentFigures> for FigureLine {
    fn from(one: &IncidentFigures) -> Self {
        let span = one.detected.zip(one.resolved).map(|(from, to)| to.micros.saturating_sub(from.micros) / 1000);
        Self {
            id: one.id.to_string(),
            severity: one.severity.into(),
            status: one.status.word().to_owned(),
            is_drill: one.is_drill,
            detected: iso(one.detected),
            resolved: iso(one.resolved),
            resolve_ms: span,
        }
    }
}

/// Metrics and what they were made from.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MetricsView {
    /// At which time.
    pub at: String,
    /// Real incidents.
    pub real: FiguresView,
    /// Exercises.
    pub drills: FiguresView,
    /// False alarms that were left out.
    pub false_alarms: u64,
    /// Duplicates that were left out.
    pub duplicates: u64,
    /// The incidents, one by one.
    pub incidents: Vec<FigureLine>,
    /// What was left out, and why.
    pub left_out: Vec<String>,
    /// Hash of the figures that they were made from.
    pub made_from: String,
}

impl From<&CaseMetrics> for MetricsView {
    fn from(made: &CaseMetrics) -> Self {
        Self {
            at: made.metrics.at.to_iso(),
            real: FiguresView::from(&made.metrics.incidents),
            drills: FiguresView::from(&made.metrics.drills),
            false_alarms: crate::wire::count(made.metrics.false_alarms),
            duplicates: crate::wire::count(made.metrics.duplicates),
            incidents: made.incidents.iter().map(FigureLine::from).collect(),
            left_out: made.left_out.clone(),
            made_from: made.metrics.made_from.to_hex(),
        }
    }
}
