//! The published ledger entries as a chain: their own hashes, the links between neighbours, their numbers, and the two heads that
//! are recorded elsewhere: in the file itself, and under the signature of the certificate.

use domain::{Finding, FindingCode};

use super::sources::Sources;

/// What the look at the entries showed.
#[derive(Default)]
pub(super) struct Log {
    pub(super) entries: u64,
    /// Entries whose content is there.
    pub(super) shown: u64,
    /// Entries of voting that are withheld.
    pub(super) withheld_voting: u64,
    /// Entries of other matters that are withheld.
    pub(super) withheld_other: u64,
    /// True where the certificate names the hash before its own entry, so that its signature covers all entries before.
    pub(super) is_anchored: bool,
    pub(super) findings: Vec<Finding>,
}

/// The claim that findings of this pass speak against.
const CLAIM: &str = "audit.chain";

/// Checks the entries of an election.
pub(super) fn check(sources: &Sources) -> Log {
    let mut log = Log::default();
    let Some(file) = &sources.audit else { return log };
    let mut altered = Finding::new(FindingCode::HashMismatch, "").against(CLAIM);
    let mut broken = Finding::new(FindingCode::LinkBroken, "").against(CLAIM);
    let mut before: Option<(u64, &str)> = None;
    for entry in &sources.entries {
        log.entries += 1;
        let number = entry.number.unwrap_or(0);
        match (&entry.content, entry.withheld.as_deref()) {
            (Some(_), _) => log.shown += 1,
            (None, Some("other_matter")) => log.withheld_other += 1,
            (None, _) => log.withheld_voting += 1,
        }
        if entry.content.is_some() && entry.computed_hash().as_deref() != Some(entry.hash.as_str()) {
            altered.add(entry.subject(), Some(entry.place));
        }
        if before.is_some_and(|(last, hash)| number != last + 1 || entry.previous != hash) || entry.number.is_none() {
            broken.add(entry.subject(), Some(entry.place));
        }
        before = Some((number, &entry.hash));
    }
    if !altered.is_empty() {
        altered.detail = format!(
            "{} of {} entries carry a hash that their content does not give: number, time, person, act, detail or hash was altered.",
            altered.subjects.len(),
            log.shown
        );
        log.findings.push(altered);
    }
    if !broken.is_empty() {
        broken.detail = format!(
            "{} entries do not follow the entry before them: one is missing, was added or moved.",
            broken.subjects.len()
        );
        log.findings.push(broken);
    }
    let stated_others = file.value["entries_of_other_matters"].as_u64();
    let first = sources.entries.first().and_then(|entry| entry.number);
    if let (Some(first), Some(others)) = (first, stated_others)
        && (first - 1).saturating_add(log.withheld_other) != others
    {
        let detail = format!(
            "The first entry has the number {first} and {} entries of other matters lie behind it, but the file speaks of {others} entries of other matters: entries are missing at the beginning.",
            log.withheld_other
        );
        log.findings
            .push(Finding::new(FindingCode::LinkBroken, detail).about(sources.subject(), file.place()).against(CLAIM));
    }
    let last = before.map(|(_, hash)| hash);
    if file.text_of("ledger_head") != last {
        let detail = "The entries do not end at the ledger head that the file names: entries are missing at the end, or were added.";
        log.findings
            .push(Finding::new(FindingCode::HeadDiffers, detail).about(sources.subject(), file.place()).against(CLAIM));
    }
    if let (Some((certificate, Some(read))), Some(event)) = (&sources.certificate, sources.last("election_certified")) {
        log.is_anchored = read.ledger_head == event.previous;
        if !log.is_anchored {
            let detail = "The certificate names another ledger head than the one before its entry: entries before the certification were exchanged, or the certificate is of another ledger.";
            log.findings.push(
                Finding::new(FindingCode::HeadDiffers, detail)
                    .about(event.subject.clone(), Some(event.place))
                    .about(sources.subject(), certificate.place())
                    .against(CLAIM),
            );
        }
    }
    log
}
