//! Entries for the timeline from what monitoring exports: Alertmanager JSON and Kubernetes events.
//!
//! Read are the webhook message of Alertmanager (version 4), the answer of its `/api/v2/alerts` (a list) and of the older
//! `/api/v1/alerts` (`data`), and `kubectl get events -o json` (a `List` or `EventList`, of `v1` or `events.k8s.io/v1`),
//! or a single event. Bytes come from the caller. A file with one unreadable row gives no entry at all.

use std::fmt;

use domain::Instant;
use domain::incident::EntryKind;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::incident::event::{IncidentEvent, Link};

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MonitoringKind {
    /// Alerts of Alertmanager.
    Alertmanager,
    /// Events of Kubernetes.
    KubernetesEvents,
}

/// One entry for the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MonitoringEntry {
    /// When it happened.
    pub happened_at: Instant,
    /// What it tells.
    pub text: String,
    /// Name of the alert, or reason of the event; proposes a playbook.
    pub name: String,
    /// Label `severity` of the alert; `None` for events.
    pub severity: Option<String>,
    /// Fingerprint or uid with the part of its life, to recognise the same row in a later file.
    pub identity: String,
    /// Where it stands in the file, for example `alerts[3]`.
    pub place: String,
}

impl MonitoringEntry {
    /// The entry as a record's event, with a link to the evidence item that the file became.
    pub fn to_event(&self, evidence: Option<&str>) -> IncidentEvent {
        let links = evidence.map(|id| Link { kind: "evidence".to_owned(), id: format!("{id}#{}", self.place) });
        IncidentEvent::Noted { kind: EntryKind::Fact, text: self.text.clone(), links: links.into_iter().collect() }
    }
}

/// What a file of the monitoring system gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Monitoring {
    /// What it is.
    pub kind: MonitoringKind,
    /// The entries in order of time.
    pub entries: Vec<MonitoringEntry>,
}

/// Why a file of the monitoring system was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[non_exhaustive]
pub enum MonitoringError {
    /// It is no JSON.
    #[error("{file}: line {line}, column {column} is no JSON; export it again")]
    NotJson {
        /// File.
        file: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// It is JSON of another kind.
    #[error(
        "{file}: this is neither Alertmanager JSON nor a list of Kubernetes events; save the answer of \
         /api/v2/alerts or of \"kubectl get events -o json\""
    )]
    UnknownShape {
        /// File.
        file: String,
    },
    /// Rows that cannot be read.
    #[error("{file}: {}; correct the file and take it again", .rows.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Rows {
        /// File.
        file: String,
        /// At most twenty of them.
        rows: Vec<RowProblem>,
        /// All of them, counted.
        count: usize,
    },
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowProblem {
    /// JSON path, for example `alerts[3].startsAt`.
    pub place: String,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for RowProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.place, self.reason)
    }
}

const LISTED: usize = 20;

/// Reads a file of the monitoring system.
///
/// # Errors
/// The place at which it is no JSON, another shape, or the rows that cannot be read.
pub fn read(file: &str, bytes: &[u8]) -> Result<Monitoring, MonitoringError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let value: Value = serde_json::from_slice(bytes).map_err(|error| MonitoringError::NotJson {
        file: file.to_owned(),
        line: error.line(),
        column: error.column(),
    })?;
    let shape = || MonitoringError::UnknownShape { file: file.to_owned() };
    let (kind, base, rows) = rows_of(&value).ok_or_else(shape)?;
    let mut entries = Vec::new();
    let mut problems = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let place = if base == "." { "event".to_owned() } else { format!("{base}[{number}]") };
        let read = match (row.as_object(), kind) {
            (None, _) => Err(RowProblem { place, reason: "is no object".to_owned() }),
            (Some(row), MonitoringKind::Alertmanager) => read_alert(row, &place),
            (Some(row), MonitoringKind::KubernetesEvents) => read_event(row, &place).map(|entry| vec![entry]),
        };
        match read {
            Ok(read) => entries.extend(read),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        let count = problems.len();
        problems.truncate(LISTED);
        return Err(MonitoringError::Rows { file: file.to_owned(), rows: problems, count });
    }
    entries.sort_by_key(|entry| entry.happened_at);
    Ok(Monitoring { kind, entries })
}

/// The kind, the path of the list and its rows.
fn rows_of(value: &Value) -> Option<(MonitoringKind, &'static str, &[Value])> {
    let is_alert = |row: &Value| row.get("labels").is_some() && row.get("startsAt").is_some();
    if let Value::Array(rows) = value {
        let is_ours =
            rows.iter().all(|row| is_alert(row) || row.as_object().is_none_or(|row| !row.contains_key("kind")));
        return is_ours.then_some((MonitoringKind::Alertmanager, "", rows));
    }
    if let Some(Value::Array(rows)) = value.get("alerts") {
        return Some((MonitoringKind::Alertmanager, "alerts", rows));
    }
    if let Some(Value::Array(rows)) = value.get("data") {
        return Some((MonitoringKind::Alertmanager, "data", rows));
    }
    let kind = value.get("kind").and_then(Value::as_str);
    match (kind, value.get("items")) {
        (Some("List" | "EventList"), Some(Value::Array(rows))) => {
            Some((MonitoringKind::KubernetesEvents, "items", rows))
        }
        (Some("Event"), _) => Some((MonitoringKind::KubernetesEvents, ".", std::slice::from_ref(value))),
        _ => None,
    }
}

fn text<'a>(row: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    row.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn inner<'a>(row: &'a Map<String, Value>, key: &str) -> Option<&'a Map<String, Value>> {
    row.get(key).and_then(Value::as_object)
}

/// A time that must be readable where it is given. Go's zero time means none.
fn time(row: &Map<String, Value>, place: &str, key: &str) -> Result<Option<Instant>, RowProblem> {
    let problem = |reason: String| RowProblem { place: format!("{place}.{key}"), reason };
    match row.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.starts_with("0001-01-01T00:00:00") => Ok(None),
        Some(Value::String(text)) => {
            Instant::parse(text).map(Some).ok_or_else(|| problem(format!("is \"{text}\", which is no time")))
        }
        Some(_) => Err(problem("is no text".to_owned())),
    }
}

fn read_alert(row: &Map<String, Value>, place: &str) -> Result<Vec<MonitoringEntry>, RowProblem> {
    let problem = |key: &str, reason: &str| RowProblem { place: format!("{place}.{key}"), reason: reason.to_owned() };
    let labels = inner(row, "labels").ok_or_else(|| problem("labels", "is missing"))?;
    let name = text(labels, "alertname").ok_or_else(|| problem("labels.alertname", "is missing"))?;
    let started = time(row, place, "startsAt")?.ok_or_else(|| problem("startsAt", "is missing"))?;
    let ended = time(row, place, "endsAt")?;
    let status = text(row, "status").or_else(|| inner(row, "status").and_then(|status| text(status, "state")));
    let notes = inner(row, "annotations");
    let summary = notes.and_then(|notes| text(notes, "summary").or_else(|| text(notes, "description")));
    let summary = summary.map_or_else(String::new, |summary| format!(": {summary}"));
    let severity = text(labels, "severity");
    let mut others: Vec<String> = labels
        .iter()
        .filter(|(key, _)| !matches!(key.as_str(), "alertname" | "severity"))
        .filter_map(|(key, value)| value.as_str().map(|value| format!("{key}={value}")))
        .collect();
    others.sort();
    let others = if others.is_empty() { String::new() } else { format!(" ({})", others.join(", ")) };
    let grave = severity.map_or_else(String::new, |severity| format!(", severity {severity}"));
    let silenced = inner(row, "status")
        .and_then(|status| status.get("silencedBy"))
        .and_then(Value::as_array)
        .is_some_and(|by| !by.is_empty());
    let silenced = if silenced { ", silenced" } else { "" };
    let print = text(row, "fingerprint").unwrap_or(name);
    let entry = |happened_at: Instant, text: String, life: &str| MonitoringEntry {
        happened_at,
        text,
        name: name.to_owned(),
        severity: severity.map(str::to_owned),
        identity: format!("{print}@{}/{life}", started.to_iso()),
        place: place.to_owned(),
    };
    let mut entries = vec![entry(started, format!("Alert {name}{grave}{silenced}{summary}{others}"), "began")];
    if status == Some("resolved")
        && let Some(ended) = ended
    {
        entries.push(entry(ended, format!("Alert {name} is over{summary}{others}"), "ended"));
    }
    Ok(entries)
}

fn read_event(row: &Map<String, Value>, place: &str) -> Result<MonitoringEntry, RowProblem> {
    let problem = |key: &str, reason: &str| RowProblem { place: format!("{place}.{key}"), reason: reason.to_owned() };
    if let Some(kind) = row.get("kind").and_then(Value::as_str).filter(|kind| *kind != "Event") {
        return Err(problem("kind", &format!("is \"{kind}\", not Event")));
    }
    let reason = text(row, "reason").ok_or_else(|| problem("reason", "is missing"))?;
    let message = text(row, "message").or_else(|| text(row, "note")).unwrap_or_default();
    let empty = Map::new();
    let metadata = inner(row, "metadata").unwrap_or(&empty);
    let series = inner(row, "series").unwrap_or(&empty);
    let mut first = None;
    for key in ["firstTimestamp", "deprecatedFirstTimestamp", "eventTime"] {
        first = first.or(time(row, place, key)?);
    }
    let created = time(metadata, &format!("{place}.metadata"), "creationTimestamp")?;
    let mut last = time(series, &format!("{place}.series"), "lastObservedTime")?;
    for key in ["lastTimestamp", "deprecatedLastTimestamp"] {
        last = last.or(time(row, place, key)?);
    }
    let happened_at = first.or(last).or(created).ok_or_else(|| problem("firstTimestamp", "is missing"))?;
    let object = inner(row, "involvedObject").or_else(|| inner(row, "regarding")).unwrap_or(&empty);
    let named = match (text(object, "kind"), text(object, "name")) {
        (Some(kind), Some(name)) => format!(" of {kind} {name}"),
        (None, Some(name)) => format!(" of {name}"),
        _ => String::new(),
    };
    let namespace = text(object, "namespace").or_else(|| text(metadata, "namespace"));
    let namespace = namespace.map_or_else(String::new, |namespace| format!(" in {namespace}"));
    let count = ["count", "deprecatedCount"].into_iter().find_map(|key| row.get(key).and_then(Value::as_u64));
    let count = count.or_else(|| series.get("count").and_then(Value::as_u64)).unwrap_or(1);
    let again = match last.filter(|last| *last > happened_at && count > 1) {
        Some(last) => format!(" ({count} times until {})", last.to_display()),
        None if count > 1 => format!(" ({count} times)"),
        None => String::new(),
    };
    let kind = text(row, "type").unwrap_or("Normal");
    let told = if message.is_empty() { String::new() } else { format!(": {}", message.trim()) };
    let identity = text(metadata, "uid").or_else(|| text(metadata, "name")).unwrap_or(reason);
    Ok(MonitoringEntry {
        happened_at,
        text: format!("Event {reason} ({kind}){named}{namespace}{told}{again}"),
        name: reason.to_owned(),
        severity: None,
        identity: identity.to_owned(),
        place: place.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant::parse(text).expect("a time")
    }

    const WEBHOOK: &str = r#"{"version":"4","groupKey":"{}:{alertname=\"ElectraDown\"}","status":"firing","receiver":"team",
      "groupLabels":{},"commonLabels":{},"commonAnnotations":{},"externalURL":"http://am",
      "alerts":[
        {"status":"resolved","labels":{"alertname":"HighErrorRate","severity":"warning","job":"electra","instance":"a:80"},
         "annotations":{"summary":"Many errors"},"startsAt":"2026-02-10T14:32:00.123Z","endsAt":"2026-02-10T15:00:00Z",
         "generatorURL":"","fingerprint":"f1"},
        {"status":"firing","labels":{"alertname":"ElectraDown","severity":"critical"},"annotations":{},
         "startsAt":"2026-02-10T14:30:00+00:00","endsAt":"0001-01-01T00:00:00Z","generatorURL":"","fingerprint":"f2"}]}"#;

    #[test]
    fn a_webhook_gives_beginnings_and_ends_in_order_of_time() {
        let read = read("alerts.json", WEBHOOK.as_bytes()).expect("readable");
        assert_eq!(read.kind, MonitoringKind::Alertmanager);
        let told: Vec<(Instant, &str)> =
            read.entries.iter().map(|entry| (entry.happened_at, entry.text.as_str())).collect();
        assert_eq!(
            told,
            [
                (at("2026-02-10T14:30:00Z"), "Alert ElectraDown, severity critical"),
                (
                    at("2026-02-10T14:32:00.123Z"),
                    "Alert HighErrorRate, severity warning: Many errors (instance=a:80, job=electra)"
                ),
                (at("2026-02-10T15:00:00Z"), "Alert HighErrorRate is over: Many errors (instance=a:80, job=electra)"),
            ]
        );
        assert_eq!(read.entries[1].place, "alerts[0]");
        assert_ne!(read.entries[1].identity, read.entries[2].identity);
        assert_eq!(read.entries[0].severity.as_deref(), Some("critical"));
    }

    #[test]
    fn the_list_of_the_second_api_is_read_too() {
        let text = r#"[{"annotations":{"description":"Slow"},"endsAt":"2026-02-10T15:10:00Z","fingerprint":"x",
          "receivers":[{"name":"team"}],"startsAt":"2026-02-10T15:00:00Z",
          "status":{"inhibitedBy":[],"silencedBy":["s1"],"state":"suppressed"},"updatedAt":"2026-02-10T15:01:00Z",
          "generatorURL":"","labels":{"alertname":"Slow"}}]"#;
        let listed = read("a.json", text.as_bytes()).expect("readable").entries;
        assert_eq!(listed.len(), 1, "endsAt of a running alert lies in the future and is no end");
        assert_eq!(listed[0].text, "Alert Slow, silenced: Slow");
        let wrapped = format!("{{\"status\":\"success\",\"data\":{text}}}");
        assert_eq!(read("a.json", wrapped.as_bytes()).expect("readable").entries.len(), 1);
        assert_eq!(read("a.json", b"[]").expect("an empty list").entries, []);
    }

    #[test]
    fn events_of_both_versions_are_read() {
        let text = r#"{"apiVersion":"v1","kind":"List","metadata":{},"items":[
          {"apiVersion":"v1","kind":"Event","metadata":{"name":"e1","namespace":"electra","uid":"u1",
             "creationTimestamp":"2026-02-10T14:00:00Z"},
           "involvedObject":{"kind":"Pod","name":"electra-web-1","namespace":"electra"},"reason":"BackOff",
           "message":"Back-off restarting failed container","type":"Warning","count":12,
           "firstTimestamp":"2026-02-10T14:20:00Z","lastTimestamp":"2026-02-10T14:40:00Z","eventTime":null},
          {"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"e2","namespace":"electra"},
           "regarding":{"kind":"Node","name":"n1"},"reason":"Rebooted","note":"Node was rebooted","type":"Normal",
           "eventTime":"2026-02-10T14:10:00.500000Z","deprecatedFirstTimestamp":null}]}"#;
        let read = read("events.json", text.as_bytes()).expect("readable");
        let told: Vec<(Instant, &str)> =
            read.entries.iter().map(|entry| (entry.happened_at, entry.text.as_str())).collect();
        assert_eq!(
            told,
            [
                (at("2026-02-10T14:10:00.5Z"), "Event Rebooted (Normal) of Node n1 in electra: Node was rebooted"),
                (
                    at("2026-02-10T14:20:00Z"),
                    "Event BackOff (Warning) of Pod electra-web-1 in electra: Back-off restarting failed container \
                     (12 times until 2026-02-10 14:40:00 UTC)"
                ),
            ]
        );
        let IncidentEvent::Noted { links, .. } = read.entries[1].to_event(Some("ev-7")) else { panic!("an entry") };
        assert_eq!(links[0].id, "ev-7#items[0]");
    }

    #[test]
    fn errors_name_file_and_row() {
        let told = |text: &str| read("m.json", text.as_bytes()).expect_err(text).to_string();
        assert!(told("{\"alerts\": [}").starts_with("m.json: line 1, column"));
        assert!(told("{\"kind\":\"PodList\",\"items\":[]}").contains("neither Alertmanager JSON nor"));
        assert!(told("7").contains("neither"));
        let broken = WEBHOOK.replace("2026-02-10T14:30:00+00:00", "yesterday");
        assert!(told(&broken).contains("alerts[1].startsAt is \"yesterday\", which is no time"));
        let nameless = WEBHOOK.replace("\"alertname\":\"ElectraDown\",", "");
        assert!(told(&nameless).contains("alerts[1].labels.alertname is missing"));
        assert!(told("{\"kind\":\"List\",\"items\":[7]}").contains("items[0] is no object"));
        assert!(told("{\"kind\":\"List\",\"items\":[{\"kind\":\"Pod\"}]}").contains("items[0].kind is \"Pod\""));
        assert!(told("[{\"labels\":{\"alertname\":\"a\"},\"startsAt\":5}]").contains("[0].startsAt is no text"));
    }
}
