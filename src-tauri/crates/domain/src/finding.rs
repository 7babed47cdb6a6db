//! Finding codes: stable for ever, printed in reports, matched by scripts.
//!
//! The first letter is the family, the hundreds digit repeats it. A finding is a value, not an error: a forged vote is a
//! successful verification with a finding.

use std::fmt;

use crate::{Numbers, Place};

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Contradicts a claim about the result or the record.
    Critical,
    /// Leaves a claim unproved or a rule broken.
    Major,
    /// Deserves an explanation.
    Minor,
    /// Explains.
    Info,
}

impl Severity {
    /// The word used in files and answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Info => "info",
        }
    }
}

/// What a finding is about and how it reads: one entry for each code.
#[derive(Clone, Copy, Debug)]
pub struct CodeText {
    /// `S101`, ...
    pub code: &'static str,
    /// Severity unless the finding itself says less.
    pub severity: Severity,
    /// One line.
    pub title: &'static str,
    /// The rule that was applied.
    pub rule: &'static str,
    /// What else could explain it.
    pub innocent_causes: &'static str,
    /// What the reader should do.
    pub next_step: &'static str,
}

macro_rules! finding_codes {
    ($($name:ident = $code:literal, $severity:ident, $title:literal, $rule:literal, $innocent:literal, $next:literal;)*) => {
        /// Every finding code of the program.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum FindingCode {
            $(#[doc = $title] $name,)*
        }

        impl FindingCode {
            /// All codes in printed order.
            pub const ALL: &'static [FindingCode] = &[$(FindingCode::$name,)*];

            /// Everything known about the code.
            pub fn text(self) -> &'static CodeText {
                match self {
                    $(FindingCode::$name => &CodeText {
                        code: $code,
                        severity: Severity::$severity,
                        title: $title,
                        rule: $rule,
                        innocent_causes: $innocent,
                        next_step: $next,
                    },)*
                }
            }
        }
    };
}

finding_codes! {
    SignatureMismatch = "S101", Critical, "The vote's signature does not match its fields", "Every signed field of a vote is part of the signed text; one altered byte changes the signature.", "The export changed a signed field on its way (time zone conversion, re-encoding), or the vote was signed under another key.", "Compare the row with a second export or a backup made before; ask who had write access to the table.";
    VoteUnsigned = "S102", Critical, "A vote without signature where the other votes are signed", "The origin signs every vote it stores.", "Votes written before signing was introduced; a column that the export left out for some rows.", "Ask when and by which program the row was written; look for its audit entry and its credential.";
    KeyMissing = "S103", Major, "Signatures could not be checked: no key was given that fits", "A keyed signature proves something only to who holds the key.", "The key is held by another person, which is good practice.", "Ask the operator for the key file and verify again with it.";
    KeyWeak = "S104", Critical, "The key gives the signatures no weight", "A key that is published, shorter than 16 bytes, or used for two purposes lets others sign.", "A test installation; an upgrade that kept the default.", "Treat the signatures as absent and rest the verdict on other evidence; change the key.";
    SchemesMixed = "S105", Minor, "Votes of one election match different signature schemes", "One release writes one scheme.", "The program was upgraded while the election ran.", "Compare the time of the change with the operator's upgrade record.";
    SignaturesExchanged = "S106", Critical, "Two votes carry each other's signature", "A signature belongs to the fields it was made for.", "None known: an export does not exchange single values.", "Ask who could write to the table; compare with a backup.";
    SignatureLocalised = "S107", Info, "The change that would make the signature valid", "Known values are put in place of each field until the signature fits; a fit is proof of the original value.", "None needed: this explains another finding.", "Compare the named original value with the audit log and a backup.";
    DocumentSignatureMismatch = "S108", Critical, "The signature of a token, receipt or certificate does not match", "The document's signed text gives the signature.", "The document was copied by hand with a slip.", "Ask for the original document.";
    HashMismatch = "C201", Critical, "An entry's hash does not match its content", "The hash covers the content of the entry and its predecessor's hash.", "A legacy entry that was written under an older rule; a wrong key.", "Compare the entry with the shipped log or a backup.";
    LinkBroken = "C202", Critical, "A link of the chain is broken", "Each entry carries its predecessor's hash; entries that are missing, inserted or moved break it.", "Rows that were left out of the export.", "Look at the entries around the break and at the missing numbers.";
    GenesisWrong = "C203", Critical, "The chain does not start where it must", "The first link starts from the genesis value of this election.", "An export that begins later.", "Ask for the complete export.";
    ChainFork = "C204", Critical, "Two rows claim the same predecessor", "A chain has one successor for each entry.", "Two votes written at the same instant by a release without a lock.", "Compare both rows with the audit log.";
    HeadDiffers = "C205", Critical, "The chain does not end at the head recorded elsewhere", "The newest hash is recorded a second time; both must agree.", "The dump was made while votes were written.", "Look for missing or added rows at the end of the chain.";
    VersionDowngrade = "C206", Critical, "Entries fall back to an older, unkeyed hash version", "Once entries are keyed, later entries are keyed too.", "A restore by an old release.", "Treat these entries as unprotected; compare with shipped lines.";
    HeadMissing = "C207", Critical, "The beginning of the chain is missing without a valid attestation", "The first entry starts from the genesis value or from an attested archive boundary.", "Old entries were archived with a tool that attests nothing.", "Ask for the archive file and its attestation.";
    UnkeyedRows = "C208", Minor, "Entries of an unkeyed hash version exist beside keyed ones", "An unkeyed hash shows accident, not intent.", "Entries from before keyed hashing was introduced.", "Give the legacy boundary that the installation had; compare with shipped lines.";
    DeletedRowsBreakOriginWalk = "C209", Info, "The chain is whole; only the origin's own walk breaks", "The origin leaves out excluded rows when it walks the chain. With them every link holds.", "Lawful exclusion of votes.", "Nothing to do for the chain; look at the exclusions themselves.";
    UnhashedFieldDiffers = "C210", Major, "A field outside the hash differs from what the hashed content implies", "Event type and content determine severity, category and actor name.", "A release with another classification.", "Compare with a second export; find out who could write to the table.";
    VoteUnaccounted = "R301", Critical, "A vote that no audit entry accounts for", "Each vote leaves an entry in the audit log (a paper vote: its batch).", "The export of the audit log is incomplete.", "Ask for the complete audit log; look at the vote's credential and signature.";
    AccountedVoteMissing = "R302", Critical, "An audit entry accounts for a vote that is absent", "A vote is never deleted; an exclusion keeps the row.", "The votes export is incomplete.", "Ask for the complete votes table; look for a gap in the vote chain.";
    VoterUnknown = "R303", Critical, "The voter or credential of a vote matches nothing that was issued", "A vote belongs to an issued credential or to a member of the roll.", "Credentials or members that the export left out.", "Ask how the voter could vote; compare with the roll.";
    DefinitionAltered = "R304", Critical, "A candidate, contest or rule differs from what the audit log recorded", "What is on the ballot is recorded when it is created and when it is changed.", "A correction of spelling made by hand in the database.", "Compare with printed ballots and announcements.";
    TestFlagWrong = "R305", Critical, "The test mark of a vote contradicts its credential", "Votes of test credentials are test votes, and no others.", "None known.", "Count the election with and without the votes.";
    CountedFlagWrong = "R306", Critical, "The counted mark contradicts the replaced-by link", "A replaced ballot is not counted; the last one is.", "None known.", "Count the election with and without the ballots.";
    ReplacementWrong = "R307", Critical, "A replaced-by link points nowhere, backwards or in a circle", "A ballot is replaced by a later ballot.", "None known.", "Look at the ballots concerned.";
    NotOnBallot = "R308", Critical, "A ballot names something that was not on the ballot", "Only candidates of the contest can be chosen.", "A candidate row that the export left out.", "Ask for the complete candidates table.";
    TotalsDisagree = "R309", Critical, "Totals, turnout or statistics disagree with the rows", "A published figure is recomputed from the rows.", "The report was made before the dump.", "Compare the times of report and dump; look at the rows between.";
    OutsidePeriod = "R310", Critical, "A vote outside the voting period", "Votes are cast while the election is open, after the credential was issued.", "A clock that was wrong; an extension that was not recorded.", "Compare with the audit log's opening and closing entries.";
    VotedTwice = "R311", Critical, "More than one vote where the rule allows one", "One voter, one vote for each contest (or as many as the rule allows).", "Two paths of voting that do not know of each other.", "Ask the voter which vote counts; count the election without either.";
    OrderDiffers = "R312", Info, "Rows stand in another order than the chain", "The order of an export without order column is not defined.", "Usual for database dumps.", "Nothing to do.";
    UnexplainedDifference = "R313", Critical, "Two exports of the same rows differ", "Rows are not changed after they were written, unless an audit event says so.", "One export is older and lawful events lie between.", "Find out which export came first and who could write between.";
    RecountDiffers = "T401", Critical, "The recount differs from the published result", "The count is a function of the rows and the rule.", "The result was published before the last change of the rows.", "Start with the first difference named.";
    TieBreakDecides = "T402", Minor, "The result depends on a tie-break", "Equal counts are decided by a rule outside the votes.", "A tie is nothing unusual.", "Check that the tie rule was known before the count.";
    Sensitivity = "T403", Info, "Smallest number of ballots that would change the outcome", "Arithmetic on the recounted totals.", "None needed.", "Compare with the number of votes that findings concern.";
    CannotRecount = "T404", Major, "The published result cannot be recounted from this export", "A recount needs votes, candidates and the rule.", "A partial export.", "Ask for the missing tables.";
    OrderDecides = "T405", Minor, "The outcome depends on the order of rows", "A count must not depend on storage order.", "Rounding in the last digits.", "Count again under a rule without this weakness.";
    Burst = "A501", Major, "A burst of votes in time", "Scan statistic over all windows up to half an hour, against votes that come evenly within each hour.", "A reminder mail, a meeting, a closing queue.", "Ask what happened in these minutes; say known events with --config.";
    AddressConcentration = "A502", Major, "Many votes from one address", "Votes per address against an even spread and against households of any size, corrected for all tests of the election.", "A shared computer, an office network, a mobile carrier.", "Ask what the address is; say known shared stations with --config.";
    TooRegular = "A503", Major, "Gaps between votes are too regular for people", "Gaps between people's votes scatter; a program's do not.", "An import of paper votes at one go.", "Ask how these votes came in.";
    EqualRuns = "A504", Minor, "Runs of equal ballots beyond chance", "Permutation test over the order of storage.", "How-to-vote slates; families voting together.", "Look at the ballots of the run.";
    ShareDrifts = "A505", Minor, "The share drifts over the order of casting", "Cumulative sums against permutations.", "Groups that vote at different times of day.", "Compare with the times of known groups.";
    ExclusionsBiased = "A506", Major, "Exclusions are related to the choice", "Fisher's exact test of excluded or not against the choice.", "Few exclusions for a common cause.", "Read the reasons; count the election with the excluded votes.";
    CredentialUseImprobable = "A507", Minor, "Credentials were used in an improbable way", "Use of credentials against the other credentials, corrected.", "Mail programs that open links by themselves.", "Look at the credentials named.";
    AttestationMismatch = "E601", Critical, "The attested digest does not match the event", "The digest covers the event's canonical text.", "None known.", "Compare the event with the attestation log.";
    AttestationsMissing = "E602", Major, "Attestations are expected and absent", "Attested event types carry an attestation.", "The attestation log could not be reached.", "Look for recorded failures.";
    AttestedEventMissing = "E603", Critical, "An attestation exists for an event that is absent", "Nothing is attested that did not happen.", "Known omissions of the export.", "Ask for the complete audit log.";
    InclusionProofInvalid = "E604", Major, "The proof of inclusion does not verify", "The proof leads from the entry to the signed tree head.", "A truncated proof file.", "Fetch the proof again from the log.";
    VotingReopened = "P701", Major, "Voting was reopened after it had ended", "A rollback to open is recorded with its reason.", "A correction of an error in distribution.", "Read the reason; count the election without the votes of the reopened time.";
    VoteExcluded = "P702", Major, "A vote was excluded from the count", "An exclusion records person, time and reason.", "A mistaken ballot that the voter reported.", "Read the reasons; count the election with the excluded votes.";
    LinkExists = "P703", Critical, "The link between voter and vote still exists in a closed secret election", "After closing nobody may be able to tell who cast a ballot.", "A release that writes the voter into its audit log.", "Restrict access to the export; tell the voters concerned.";
    ScrubIncomplete = "P704", Major, "Fewer messages were scrubbed than credentials issued", "Kept messages hold credentials.", "Messages that bounced.", "Search the outbox.";
    StepMissing = "P705", Major, "A step of the lifecycle is missing or out of order", "Elections are opened before votes are cast and closed after.", "A log that begins later.", "Ask for the complete audit log.";
    RulesChangedUnrecorded = "P706", Minor, "Rules, end or roll changed after opening without an event", "Changes after opening are recorded.", "A correction by hand.", "Compare with the announcement.";
    ChecksRun = "P707", Info, "Reports and integrity checks were run on the election", "The audit log records each of them.", "Usual work.", "Nothing to do.";
    SecondVotesRefused = "P708", Info, "Second votes were refused", "A refused attempt leaves an entry; not every refusal does, so their absence proves nothing.", "A voter who pressed twice.", "Nothing to do.";
    BallotsRecognisable = "P709", Info, "Some ballots can be recognised by what stands on them", "A ballot that nothing else is like, or one of very few, can be recognised by who knows its content.", "Long rankings are nearly always unique; small groups vote too.", "Publish less detail for small groups; tell voters that a ranking can be demanded as a proof.";
    CastingOrderKept = "P710", Info, "The order or time of casting is kept", "Order and times of ballots can be compared with logs and witnesses outside.", "A hash chain keeps the order by its nature.", "Keep access logs apart from the export, and destroy them when their time is over.";
    ReceiptNotFound = "K801", Critical, "A well-formed receipt whose ballot is not in the export", "Each receipt belongs to a stored ballot.", "A receipt of another election.", "Compare election and date of the receipt.";
    ReceiptContentDiffers = "K802", Critical, "The receipt's ballot is there with other content", "The receipt fixes content, weight and chain position.", "None known.", "Keep the receipt as evidence.";
    ReceiptReplaced = "K803", Info, "The receipt's ballot was replaced by a later one", "The last ballot of a voter counts.", "The voter voted again.", "Ask the voter.";
    ReceiptMalformed = "K804", Minor, "The receipt is malformed or does not match its own hash", "A receipt carries a hash over its own content.", "A slip in copying.", "Ask for the receipt again.";
    RowsRejected = "I901", Major, "Rows could not be read", "Each row is read with the columns of its table.", "A damaged or hand-edited file.", "Correct the file at the named place and import again.";
    FieldsMissing = "I902", Major, "A file lacks fields or tables that it points to", "The format's columns are all needed for a full check.", "A partial export.", "Ask for the complete export.";
}

impl FindingCode {
    /// The printed code.
    pub fn code(self) -> &'static str {
        self.text().code
    }

    /// Reads a printed code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|candidate| candidate.code() == code)
    }
}

impl fmt::Display for FindingCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// Rows of one finding that are named one by one; the number of all is always told.
pub const LISTED_ROWS: usize = 50_000;

/// One observation with the rows it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What was observed.
    pub code: FindingCode,
    /// Weight; may be lower than the code's usual one, never higher.
    pub severity: Severity,
    /// One or two sentences with the figures of this case.
    pub detail: String,
    /// Votes concerned, by their number in the case: always all of them. They are named among the subjects at the end.
    pub votes: Numbers,
    /// Rows concerned, `vote:ID`, `audit:ID`, `token:ID`, `candidate:ID`, `address:IP`, `receipt:HASH`.
    pub subjects: Vec<String>,
    /// Rows concerned that are counted, but no longer named one by one.
    pub unlisted: u64,
    /// Where they stand.
    pub evidence: Vec<Place>,
    /// The same in pairs: which row stands where.
    pub rows: Vec<(String, Place)>,
    /// Number of rows concerned.
    pub count: u64,
    /// Whether the outcome could be another without the observation; `None` where it cannot be told or does not apply.
    pub outcome_can_change: Option<bool>,
    /// How the outcome was compared, in a sentence.
    pub outcome_note: String,
    /// The claim that it speaks against, where the code alone does not tell.
    pub claim: Option<&'static str>,
}

impl Finding {
    /// A finding of the code's usual severity.
    pub fn new(code: FindingCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.text().severity,
            detail: detail.into(),
            votes: Numbers::default(),
            subjects: Vec::new(),
            unlisted: 0,
            evidence: Vec::new(),
            rows: Vec::new(),
            count: 0,
            outcome_can_change: None,
            outcome_note: String::new(),
            claim: None,
        }
    }

    /// Names the claim that it speaks against.
    pub fn against(mut self, claim: &'static str) -> Self {
        self.claim = Some(claim);
        self
    }

    /// Names one row and where it stands.
    pub fn about(mut self, subject: String, place: Option<Place>) -> Self {
        self.add(subject, place);
        self
    }

    /// Names one row and where it stands.
    pub fn add(&mut self, subject: String, place: Option<Place>) {
        if let Some(place) = place {
            self.rows.push((subject.clone(), place));
            self.evidence.push(place);
        }
        self.subjects.push(subject);
    }

    /// Names votes by their numbers.
    pub fn with_votes(mut self, votes: Numbers) -> Self {
        self.votes = votes;
        self
    }

    /// True where nothing is concerned.
    pub fn is_empty(&self) -> bool {
        self.subjects.is_empty() && self.votes.is_empty()
    }

    /// Lowers the severity.
    pub fn as_info(mut self) -> Self {
        self.severity = Severity::Info;
        self
    }

    /// Puts subjects and evidence in order without repeats and counts the subjects.
    pub fn settle(mut self) -> Self {
        self.subjects.sort();
        self.subjects.dedup();
        self.evidence.sort();
        self.evidence.dedup();
        self.rows.sort();
        self.rows.dedup();
        self.count = u64::try_from(self.subjects.len()).unwrap_or(u64::MAX).saturating_add(self.unlisted);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_printed_order() {
        let codes: Vec<_> = FindingCode::ALL.iter().map(|code| code.code()).collect();
        let mut sorted = codes.clone();
        sorted.sort_by_key(|code| (code[1..].parse::<u32>().expect("digits"), *code));
        sorted.dedup();
        let mut by_number = codes.clone();
        by_number.sort_by_key(|code| code[1..].parse::<u32>().expect("digits"));
        assert_eq!(sorted.len(), codes.len(), "no code twice");
        for code in FindingCode::ALL {
            assert_eq!(FindingCode::from_code(code.code()), Some(*code));
            for text in [code.text().title, code.text().rule, code.text().innocent_causes, code.text().next_step] {
                assert!(!text.is_empty(), "{code} says everything");
                assert!(!text.to_lowercase().contains("fraud"), "{code} accuses nobody");
            }
        }
    }

    #[test]
    fn anomalies_never_exceed_major() {
        for code in FindingCode::ALL.iter().filter(|code| code.code().starts_with('A')) {
            assert!(code.text().severity >= Severity::Major, "{code}");
        }
    }
}
