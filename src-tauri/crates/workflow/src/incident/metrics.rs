//! Metrics over the incidents of one or several cases, as JSON and as a table.

use std::path::PathBuf;

use domain::Instant;
use domain::incident::IncidentSeverity;
use incidents::Library;
use incidents::metrics::{IncidentFigures, Interval, Metrics, MetricsOf, Rate, hours_and_minutes, metrics};
use serde::Serialize;
use store::StoreError;

use super::Responders;
use super::journal::{may_see, read};
use crate::{Case, Error};

/// Metrics and what they were made from.
#[derive(Clone, Debug, Serialize)]
pub struct CaseMetrics {
    /// Name of the form.
    pub schema: &'static str,
    /// Cases that were looked at, by file name.
    pub cases: Vec<String>,
    /// The figures.
    pub metrics: Metrics,
    /// The incidents, one by one: the incident log.
    pub incidents: Vec<IncidentFigures>,
    /// Incidents that were left out because their journal does not verify or access is restricted to others.
    pub left_out: Vec<String>,
}

impl CaseMetrics {
    /// The same over the incidents whose number tells of a month, `2026-11`; all where there is none.
    ///
    /// # Errors
    /// Refused for a month that is none.
    pub fn of_month(&self, library: &Library, month: Option<&str>) -> Result<Self, Error> {
        let Some(month) = month.map(str::trim) else { return Ok(self.clone()) };
        if Instant::parse(&format!("{month}-01T00:00:00Z")).is_none() || month.len() != 7 {
            return Err(Error::refused(format!("\"{month}\" is no month; write it as 2026-11")));
        }
        let begins = format!("INC-{month}-");
        let mut figures = self.incidents.clone();
        figures.retain(|one| one.id.as_str().starts_with(&begins));
        Ok(put_together(library, self.cases.clone(), figures, self.left_out.clone(), self.metrics.at))
    }
}

impl Case {
    /// What metrics need of each incident that was declared; what was left out, and why.
    ///
    /// # Errors
    /// The store's.
    pub fn incident_figures(&self, viewer: Option<&Responders>) -> Result<(Vec<IncidentFigures>, Vec<String>), Error> {
        let now = self.instant();
        let handle = self.file()?.incidents();
        let (mut figures, mut left_out) = (Vec::new(), Vec::new());
        for id in handle.ids()? {
            match read(&handle, &id) {
                Ok(journal) if may_see(&journal.incident, viewer) => {
                    figures.extend(journal.incident.metric_figures(now))
                }
                Ok(_) => left_out.push(format!("{id}: restricted to named people")),
                Err(Error::Store(StoreError::Value { reason, .. })) => left_out.push(reason),
                Err(error) => return Err(error),
            }
        }
        Ok((figures, left_out))
    }

    /// Metrics over the incidents of this case.
    ///
    /// # Errors
    /// The store's.
    pub fn incident_metrics(&self, library: &Library, viewer: Option<&Responders>) -> Result<CaseMetrics, Error> {
        let (figures, left_out) = self.incident_figures(viewer)?;
        Ok(put_together(library, vec![file_name(self)], figures, left_out, self.instant()))
    }
}

fn file_name(case: &Case) -> String {
    case.path().file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn put_together(
    library: &Library,
    cases: Vec<String>,
    figures: Vec<IncidentFigures>,
    left_out: Vec<String>,
    now: Instant,
) -> CaseMetrics {
    let metrics = metrics(&figures, &library.severity.targets, &library.severity.review, now);
    CaseMetrics { schema: "scrutineer/incident-metrics/1", cases, metrics, incidents: figures, left_out }
}

/// Metrics over the incidents of several cases, in the order given. Incidents that are restricted to named people are left out.
///
/// # Errors
/// Where a case cannot be opened.
pub fn metrics_of_cases(paths: &[PathBuf], library: &Library) -> Result<CaseMetrics, Error> {
    let (mut cases, mut figures, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    let mut now = Instant { micros: 0 };
    for path in paths {
        let case = Case::open(path)?;
        let user = case.machine_user(None).ok();
        let (more, others) = case.incident_figures(user.as_ref())?;
        let name = file_name(&case);
        figures.extend(more);
        left_out.extend(others.into_iter().map(|left| format!("{name}: {left}")));
        now = now.max(case.instant());
        cases.push(name);
    }
    Ok(put_together(library, cases, figures, left_out, now))
}

fn interval_row(group: &str, name: &str, interval: &Interval) -> Vec<String> {
    let shown = |ms: Option<i64>| ms.map_or_else(String::new, hours_and_minutes);
    vec![
        group.to_owned(),
        name.to_owned(),
        interval.n.to_string(),
        interval.without.to_string(),
        shown(interval.mean_ms),
        shown(interval.median_ms),
        shown(interval.p90_ms),
        shown(interval.target_ms),
    ]
}

fn rate_row(group: &str, name: &str, rate: Rate) -> Vec<String> {
    let percent = |permille: u64| format!("{}.{} %", permille / 10, permille % 10);
    vec![
        group.to_owned(),
        name.to_owned(),
        rate.of.to_string(),
        String::new(),
        rate.permille().map_or_else(String::new, percent),
        String::new(),
        String::new(),
        rate.target_permille.map_or_else(String::new, |target| percent(u64::from(target))),
    ]
}

fn count_row(group: &str, name: &str, count: usize) -> Vec<String> {
    let mut row = vec![group.to_owned(), name.to_owned(), count.to_string()];
    row.resize(8, String::new());
    row
}

fn rows_of(group: &str, of: &MetricsOf) -> Vec<Vec<String>> {
    let mut rows = vec![
        count_row(group, "incidents", of.incidents),
        interval_row(group, "MTTD", &of.mttd),
        interval_row(group, "MTTR respond", &of.mttr_respond),
        interval_row(group, "MTTA", &of.mtta),
        interval_row(group, "MTTC", &of.mttc),
        interval_row(group, "MTTR resolve", &of.mttr_resolve),
    ];
    for severity in IncidentSeverity::ALL {
        if let Some(interval) = of.mttr_resolve_by_severity.get(severity) {
            rows.push(interval_row(group, &format!("MTTR resolve, {severity}"), interval));
        }
    }
    rows.push(rate_row(group, "reviews held", of.reviews));
    rows.push(rate_row(group, "reviews held in time", of.reviews_in_time));
    rows.push(rate_row(group, "action items done", of.actions));
    rows.push(rate_row(group, "updates in time", of.updates));
    rows.extend(of.clocks.iter().map(|(kind, rate)| rate_row(group, &format!("clock {kind} met"), *rate)));
    rows.extend(
        of.false_alarms_of_checks
            .iter()
            .map(|(check, rate)| rate_row(group, &format!("false alarms of {check}"), *rate)),
    );
    rows.extend(of.by_severity.iter().map(|(word, count)| count_row(group, &format!("severity {word}"), *count)));
    rows.extend(of.by_category.iter().map(|(word, count)| count_row(group, &format!("category {word}"), *count)));
    rows.extend(of.by_election.iter().map(|(id, count)| count_row(group, &format!("election {id}"), *count)));
    rows.extend(of.by_system.iter().map(|(name, count)| count_row(group, &format!("system {name}"), *count)));
    rows
}

fn log_row(one: &IncidentFigures) -> Vec<String> {
    let at = |time: Option<Instant>| time.map_or_else(String::new, Instant::to_iso);
    vec![
        one.id.to_string(),
        one.severity.to_string(),
        one.category.to_string(),
        one.status.to_string(),
        one.is_drill.to_string(),
        one.elections.join(" "),
        at(one.began),
        at(one.detected),
        at(one.reported),
        at(one.acknowledged),
        at(one.first_action),
        at(one.contained),
        at(one.resolved),
        at(one.review_held),
    ]
}

/// The metrics as a CSV, and the incident log as another.
///
/// # Errors
/// Where a text cannot be written as CSV.
pub fn metrics_csv(metrics: &CaseMetrics) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let failed = |error: reports::Error| Error::Output { path: "metrics.csv".to_owned(), reason: error.to_string() };
    let mut rows = rows_of("incidents", &metrics.metrics.incidents);
    rows.push(count_row("incidents", "false alarms left out", metrics.metrics.false_alarms));
    rows.push(count_row("incidents", "duplicates left out", metrics.metrics.duplicates));
    rows.extend(rows_of("exercises", &metrics.metrics.drills));
    let columns = ["group", "metric", "n", "without", "mean_or_share", "median", "p90", "target"];
    let table = reports::write_csv(&columns, &rows).map_err(failed)?;
    let columns = [
        "incident",
        "severity",
        "category",
        "status",
        "exercise",
        "elections",
        "began",
        "detected",
        "reported",
        "acknowledged",
        "first_action",
        "contained",
        "resolved",
        "review_held",
    ];
    let log: Vec<Vec<String>> = metrics.incidents.iter().map(log_row).collect();
    Ok((table, reports::write_csv(&columns, &log).map_err(failed)?))
}
