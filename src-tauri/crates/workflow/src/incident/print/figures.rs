//! The monthly report of metrics: tables with n, median and 90th percentile beside every mean, and bars to compare.

use std::collections::BTreeMap;

use domain::paper::{Paper, PaperBar, PaperBars, PaperColumn, PaperPart, Remark, Weight};
use domain::{Instant, PaperSection, PaperTable, ReportLayout};
use incidents::Library;
use incidents::metrics::{Interval, MetricsOf, Rate, hours_and_minutes};

use super::super::CaseMetrics;
use super::known::{number, table, text, utc_or, words};

/// Builds the report.
pub(super) fn paper(metrics: &CaseMetrics, library: &Library, layout: &ReportLayout, month: Option<&str>) -> Paper {
    let all = &metrics.metrics;
    let of = &all.incidents;
    let period = month.map_or_else(|| "all that the cases hold".to_owned(), |month| format!("declared in {month}"));
    let overdue = of.overdue_actions.len();
    let (state, weight) = match (of.incidents, overdue) {
        (0, _) => ("no incident".to_owned(), Weight::Neutral),
        (_, 0) => (counted(of.incidents, "incident"), Weight::Info),
        (_, overdue) => (counted(overdue, "overdue action"), Weight::Major),
    };
    let mut paper = Paper {
        id: layout.id.clone(),
        title: layout.title.clone(),
        heading: month.map_or_else(|| "Incidents".to_owned(), |month| format!("Incidents of {month}")),
        state,
        weight,
        sentence: format!(
            "{}, {}; {} and {} left out, {} told apart.",
            counted(of.incidents, "incident"),
            period,
            counted(all.false_alarms, "false alarm"),
            counted(all.duplicates, "duplicate"),
            counted(all.drills.incidents, "exercise"),
        ),
        facts: vec![("Cases".to_owned(), metrics.cases.join(", ")), ("Period".to_owned(), period)],
        control: library.control.marks(all.at),
        made_from: vec![
            ("Printed".to_owned(), all.at.to_display()),
            ("SHA-256 of the figures".to_owned(), all.made_from.to_hex()),
        ],
        ..Paper::default()
    };
    if !metrics.left_out.is_empty() {
        let title = "Incidents that are not in these figures".to_owned();
        paper.remarks.push(Remark { weight: Weight::Minor, title, text: metrics.left_out.join("\n") });
    }
    for section in &layout.sections {
        let parts = match section.id.as_str() {
            "counts" => counts(metrics),
            "times" => times(all.at, of, &all.drills),
            "clocks" => clocks(of),
            "reviews" => reviews(of),
            "actions" => actions(of),
            "false" => false_alarms(of),
            _ => vec![PaperPart::Nothing("This program does not know how to fill this section.".to_owned())],
        };
        paper.sections.push(PaperSection { id: section.id.clone(), title: section.title.clone(), parts });
    }
    paper
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn amount(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn bars(title: &str, bars: Vec<PaperBar>, note: &str) -> PaperPart {
    PaperPart::Bars(PaperBars { title: title.to_owned(), bars, note: note.to_owned() })
}

fn count_bars(title: &str, counts: &[(String, usize)]) -> Option<PaperPart> {
    let all = counts.iter().map(|(label, count)| PaperBar {
        label: label.clone(),
        value: amount(*count),
        shown: count.to_string(),
        ..PaperBar::default()
    });
    (!counts.is_empty()).then(|| bars(title, all.collect(), ""))
}

fn counts(metrics: &CaseMetrics) -> Vec<PaperPart> {
    let of = &metrics.metrics.incidents;
    if of.incidents == 0 {
        return vec![PaperPart::Nothing("No incident falls into this period.".to_owned())];
    }
    let named = |pairs: Vec<(String, usize)>| pairs;
    let severities: Vec<_> = named(
        domain::IncidentSeverity::ALL
            .iter()
            .map(|one| (one.word().to_owned(), of.by_severity.get(one).copied().unwrap_or(0)))
            .collect(),
    );
    let categories: Vec<_> = of.by_category.iter().map(|(one, count)| (words(one.word()), *count)).collect();
    let mut months: BTreeMap<String, usize> = BTreeMap::new();
    for one in counted_incidents(metrics) {
        // The number begins with the day: INC-2026-11-21-001.
        let month: String = one.id.as_str().chars().skip(4).take(7).collect();
        *months.entry(month).or_default() += 1;
    }
    let months: Vec<_> = months.into_iter().collect();
    let mut parts = Vec::new();
    parts.extend(count_bars("By severity", &severities));
    parts.extend(count_bars("By category", &categories));
    parts.extend(count_bars("By month", &months).filter(|_| months.len() > 1));
    let mut rows = Vec::new();
    let mut group = |name: &str, counts: &[(String, usize)]| {
        rows.extend(counts.iter().map(|(label, count)| vec![name.to_owned(), label.clone(), count.to_string()]));
    };
    group("severity", &severities);
    group("category", &categories);
    group("month", &months);
    group("election", &of.by_election.iter().map(|(id, count)| (id.clone(), *count)).collect::<Vec<_>>());
    group("system", &of.by_system.iter().map(|(name, count)| (name.clone(), *count)).collect::<Vec<_>>());
    let columns = vec![text("Group", 10), text("Value", 24), number("Incidents")];
    let mut counts = table("counts", "No incident was counted.", columns, rows);
    counts.note = "An incident that touches several elections counts for each of them.".to_owned();
    parts.push(PaperPart::Table(counts));
    let rows = metrics.incidents.iter().map(|one| {
        vec![
            one.id.to_string(),
            one.severity.to_string(),
            words(one.category.word()),
            words(one.status.word()),
            if one.is_drill { "exercise" } else { "" }.to_owned(),
            utc_or(one.detected, ""),
            utc_or(one.resolved, ""),
        ]
    });
    let columns = vec![
        text("Incident", 14),
        text("Severity", 8),
        text("Category", 10),
        text("Status", 10),
        text("Kind", 8),
        text("Noticed (UTC)", 11),
        text("Resolved (UTC)", 11),
    ];
    let mut log = table("incidents", "No incident was counted.", columns, rows.collect());
    log.title = "Incidents".to_owned();
    parts.push(PaperPart::Table(log));
    parts
}

fn counted_incidents(metrics: &CaseMetrics) -> impl Iterator<Item = &incidents::metrics::IncidentFigures> {
    use domain::IncidentStatus::{Duplicate, FalseAlarm};
    metrics.incidents.iter().filter(|one| !one.is_drill && !matches!(one.status, FalseAlarm | Duplicate))
}

fn interval_row(name: &str, interval: &Interval) -> Vec<String> {
    let shown = |ms: Option<i64>| ms.map_or_else(String::new, hours_and_minutes);
    vec![
        name.to_owned(),
        interval.n.to_string(),
        interval.without.to_string(),
        shown(interval.mean_ms),
        shown(interval.median_ms),
        shown(interval.p90_ms),
        shown(interval.target_ms),
    ]
}

fn interval_columns() -> Vec<PaperColumn> {
    vec![
        text("Time (h:min)", 22),
        number("Incidents (n)"),
        number("Without"),
        number("Mean"),
        number("Median"),
        number("90th percentile"),
        number("Target"),
    ]
}

fn interval_bar(name: &str, interval: &Interval) -> PaperBar {
    let minutes = |ms: Option<i64>| ms.and_then(|ms| u64::try_from(ms.max(0) / 60_000).ok());
    let shown = match interval.mean_ms {
        Some(mean) => {
            let target =
                interval.target_ms.map_or_else(String::new, |ms| format!(", target {}", hours_and_minutes(ms)));
            format!("{} h (n = {}{target})", hours_and_minutes(mean), interval.n)
        }
        None => "no incident with both times".to_owned(),
    };
    PaperBar {
        label: name.to_owned(),
        value: minutes(interval.mean_ms).unwrap_or(0),
        shown,
        target: minutes(interval.target_ms).filter(|_| interval.mean_ms.is_some()),
        of: None,
    }
}

fn times(at: Instant, of: &MetricsOf, drills: &MetricsOf) -> Vec<PaperPart> {
    let _ = at;
    let rows = |of: &MetricsOf| {
        let mut rows = vec![
            interval_row("MTTD: began to noticed", &of.mttd),
            interval_row("MTTR respond: noticed to first action", &of.mttr_respond),
            interval_row("MTTR resolve: noticed to resolved", &of.mttr_resolve),
            interval_row("MTTA: reported to acknowledged", &of.mtta),
            interval_row("MTTC: noticed to contained", &of.mttc),
        ];
        rows.extend(
            of.mttr_resolve_by_severity
                .iter()
                .map(|(severity, interval)| interval_row(&format!("MTTR resolve, {severity}"), interval)),
        );
        rows
    };
    let mut parts = Vec::new();
    for (title, interval) in
        [("MTTD", &of.mttd), ("MTTR respond", &of.mttr_respond), ("MTTR resolve", &of.mttr_resolve)]
    {
        let by_severity =
            of.mttr_resolve_by_severity.iter().map(|(severity, interval)| (severity.to_string(), interval));
        let mut all = vec![interval_bar("all", interval)];
        if title == "MTTR resolve" {
            all.extend(by_severity.map(|(name, interval)| interval_bar(&name, interval)));
        }
        let has_target = all.iter().any(|bar| bar.target.is_some());
        let note = if has_target { "The line across a bar is its target." } else { "" };
        parts.push(bars(&format!("{title}, mean"), all, note));
    }
    let mut one = table("times", "No incident was counted.", interval_columns(), rows(of));
    one.note =
        "A mean of few incidents says little: look at n, the median and the 90th percentile. \"Without\" counts \
                incidents that lack one of the two times."
            .to_owned();
    parts.push(PaperPart::Table(one));
    let negative: Vec<String> = [&of.mttd, &of.mttr_respond, &of.mttr_resolve, &of.mtta, &of.mttc]
        .iter()
        .flat_map(|interval| interval.negative.iter().map(ToString::to_string))
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect();
    if !negative.is_empty() {
        let title = "Times that contradict one another; they are not averaged".to_owned();
        parts.push(PaperPart::Remark(Remark { weight: Weight::Minor, title, text: negative.join(", ") }));
    }
    if drills.incidents > 0 {
        let mut own = table("times-exercises", "No exercise was counted.", interval_columns(), rows(drills));
        own.title = "Exercises".to_owned();
        parts.push(PaperPart::Table(own));
    }
    parts
}

fn percent(permille: u64) -> String {
    format!("{}.{} %", permille / 10, permille % 10)
}

fn rate_row(name: &str, rate: Rate) -> Vec<String> {
    vec![
        name.to_owned(),
        rate.count.to_string(),
        rate.of.to_string(),
        rate.permille().map_or_else(|| "none due".to_owned(), percent),
        rate.target_permille.map_or_else(String::new, |target| percent(u64::from(target))),
    ]
}

fn rate_bar(name: &str, rate: Rate) -> PaperBar {
    PaperBar {
        label: name.to_owned(),
        value: rate.permille().unwrap_or(0),
        shown: rate.permille().map_or_else(
            || "none due".to_owned(),
            |permille| format!("{} ({} of {})", percent(permille), rate.count, rate.of),
        ),
        target: rate.target_permille.map(u64::from),
        of: Some(1000),
    }
}

fn rates(name: &str, what: &str, title: &str, empty: &str, rates: &[(String, Rate)]) -> Vec<PaperPart> {
    if rates.is_empty() {
        return vec![PaperPart::Nothing(empty.to_owned())];
    }
    let lengths: Vec<PaperBar> = rates.iter().map(|(label, rate)| rate_bar(label, *rate)).collect();
    let note = match lengths.iter().any(|bar| bar.target.is_some()) {
        true => "Full length is everything that was due; the line is the target.",
        false => "Full length is everything that was due.",
    };
    let rows = rates.iter().map(|(label, rate)| rate_row(label, *rate)).collect();
    let columns = vec![text(what, 24), number("Count"), number("Of"), number("Share"), number("Target")];
    vec![bars(title, lengths, note), PaperPart::Table(table(name, empty, columns, rows))]
}

fn clocks(of: &MetricsOf) -> Vec<PaperPart> {
    let mut all: Vec<(String, Rate)> = of.clocks.iter().map(|(kind, rate)| (words(kind.word()), *rate)).collect();
    if of.updates.of > 0 && !of.clocks.contains_key(&domain::incident::ClockKind::Update) {
        all.push(("updates".to_owned(), of.updates));
    }
    rates("clocks", "Clock", "Clocks met in time", "No clock has ended or is past due.", &all)
}

fn reviews(of: &MetricsOf) -> Vec<PaperPart> {
    let all = [("reviews held".to_owned(), of.reviews), ("held in time".to_owned(), of.reviews_in_time)];
    rates("reviews", "Reviews", "Reviews", "No review was due.", if of.reviews.of > 0 { &all } else { &[] })
}

fn actions(of: &MetricsOf) -> Vec<PaperPart> {
    let all = [("actions done".to_owned(), of.actions)];
    let none: &[(String, Rate)] = &[];
    let mut parts = rates(
        "actions",
        "Actions",
        "Actions done of those due",
        "No action was due.",
        if of.actions.of > 0 { &all } else { none },
    );
    let rows = of.overdue_actions.iter().map(|late| {
        vec![
            late.incident.to_string(),
            late.action.id.clone(),
            late.action.text.clone(),
            late.action.owner.clone(),
            super::known::utc(late.action.due),
        ]
    });
    let columns =
        vec![text("Incident", 12), text("Action", 6), text("What", 26), text("Owner", 10), text("Due (UTC)", 10)];
    let own: PaperTable = table("actions-overdue", "No action is overdue.", columns, rows.collect());
    parts.push(PaperPart::Table(PaperTable { title: "Overdue".to_owned(), ..own }));
    parts
}

fn false_alarms(of: &MetricsOf) -> Vec<PaperPart> {
    let all: Vec<(String, Rate)> =
        of.false_alarms_of_checks.iter().map(|(check, rate)| (check.clone(), *rate)).collect();
    rates("false-alarms", "Check", "Alarms judged false", "No check raised an alarm.", &all)
}
