//! Tokens one by one: is the signature theirs, and over which times was it made?
//!
//! The origin signs a token before it saves it, and saving stamps new times, so with a running clock the stored row never
//! verifies (Electra, "The shipped defect"). An opened signature tells such tokens from forged ones: the signed times lie a
//! little before the stored ones and can be searched. A signature that the key's holder never made has no frame and needs no
//! search.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::{Finding, FindingCode, Instant, Job, Severity};
use importers::electra::rows::{Election, Token};
use importers::electra::rules::{self, TokenText};
use rayon::prelude::*;
use verification::rsa_pss::search;
use verification::{Opened, PssHash};

use super::keys::{Keys, Signed, hex_bytes};

/// How long a token is valid, unless the election ends before.
const VALIDITY_MICROS: i64 = 24 * 3600 * 1_000_000;
/// How far before the stored time of issue a signed one is looked for where the expiry is known.
const FAR_MICROS: i64 = 1_000_000;
/// The same where the expiry must be searched too. Measured gaps are 5,000 to 17,000.
const NEAR_MICROS: i64 = 60_000;
/// The same for the first search, which finds what was measured.
const USUAL_MICROS: i64 = 30_000;
/// Between the two readings of the clock lie a few microseconds; measured are 28 to 54.
const USUAL_LAG: std::ops::Range<i64> = 26..58;
/// Lags of the second search, over all of [`NEAR_MICROS`].
const WIDE_LAG: std::ops::Range<i64> = 10..90;
/// Larger lags are looked for only close to the stored time.
const LARGEST_LAG: i64 = 1000;
const LARGE_LAG_MICROS: i64 = 1000;
/// Lags of machines that stumble between the two readings, and how far back they are looked for.
const MIDDLE_LAG: std::ops::Range<i64> = 0..350;
const MIDDLE_MICROS: i64 = 12_000;
/// How far back the usual lags are looked for at last.
const DISTANT_MICROS: i64 = 120_000;
/// Texts tried for all tokens of an export together; above that the answer is "cannot tell".
const BUDGET: u64 = 150_000_000;
/// The widest searches are made until so many texts were tried: with many tokens at fault the widest band tells nothing new.
const WIDE_BUDGET: u64 = 60_000_000;

/// What is known of a token's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TokenState {
    /// It fits the row as stored.
    Valid,
    /// It fits after microseconds were restored that the export had cut.
    Restored,
    /// It fits times before the stored ones.
    Drifted {
        /// Microseconds from the signed to the stored time of issue.
        micros: i64,
    },
    /// It fits, but with another expiry than the stored one.
    ExpiryAltered {
        /// The expiry that was signed.
        signed: Instant,
    },
    /// It was made with the key, but no time near the stored one fits.
    OtherText,
    /// It was made with none of the keys, or is none.
    Foreign,
    /// It was made with the key, and the search was cut short.
    NotSearched,
    /// There is none.
    Unsigned,
    /// No key was given.
    Unchecked,
}

impl TokenState {
    /// True where the token is genuine.
    pub(crate) fn is_genuine(&self) -> bool {
        matches!(self, Self::Valid | Self::Restored | Self::Drifted { .. })
    }
}

/// A token with what its checks showed.
pub(crate) struct CheckedToken {
    pub(crate) token: Token,
    pub(crate) state: TokenState,
    /// The key that made the signature.
    pub(crate) signed: Signed,
    /// What a vote with this token must carry.
    pub(crate) vote_token: String,
    /// The same for the token's hash.
    pub(crate) token_hash: String,
}

impl CheckedToken {
    pub(crate) fn subject(&self) -> String {
        format!("token:{}", self.token.id)
    }
}

/// Checks all tokens; `elections` give the ends of voting.
pub(crate) fn check(tokens: Vec<Token>, elections: &[Election], keys: &Keys, job: &dyn Job) -> Vec<CheckedToken> {
    job.begin("Checking tokens", u64::try_from(tokens.len()).ok());
    let spent = AtomicU64::new(0);
    let first: Vec<CheckedToken> = tokens
        .into_par_iter()
        .map(|token| {
            job.advance(1);
            of(token, keys)
        })
        .collect();
    // One search at a time: each uses all threads, and the budget goes to tokens in order.
    first
        .into_iter()
        .map(|mut checked| {
            if let Signed::OtherText(number, opened) = &checked.signed {
                let ends = elections
                    .iter()
                    .find(|election| election.id == checked.token.election_id)
                    .and_then(|election| election.end_time.instant);
                checked.state = Search { token: &checked.token, opened, ends, spent: &spent, job }.run();
                if checked.state.is_genuine() {
                    checked.signed = Signed::Valid(*number);
                }
            }
            checked
        })
        .collect()
}

/// A token checked as it is stored.
fn of(token: Token, keys: &Keys) -> CheckedToken {
    let signed = if token.signature.is_empty() {
        Signed::Unsigned
    } else {
        keys.check(PssHash::Sha256, hex_bytes(&token.signature).as_deref(), |opened| {
            [token.expires_at.instant, token.issued_at.instant]
                .iter()
                .copied()
                .collect::<Option<Vec<Instant>>>()
                .is_some_and(|times| opened.fits(TokenText::of(&token).with(times[0], times[1]).as_bytes()))
        })
    };
    let state = match &signed {
        Signed::Valid(_) => TokenState::Valid,
        Signed::OtherText(..) => TokenState::NotSearched,
        Signed::Foreign => TokenState::Foreign,
        Signed::Unsigned => TokenState::Unsigned,
        Signed::Unchecked => TokenState::Unchecked,
    };
    CheckedToken {
        vote_token: rules::vote_token(&token.token_uuid, &token.election_id, &token.user_id),
        token_hash: rules::ballot_token_hash(&token.token_uuid),
        token,
        state,
        signed,
    }
}

/// The search for the times that were signed.
struct Search<'a> {
    token: &'a Token,
    opened: &'a Opened,
    ends: Option<Instant>,
    spent: &'a AtomicU64,
    job: &'a dyn Job,
}

impl Search<'_> {
    fn run(&self) -> TokenState {
        let (Some(issued), Some(expires)) = (self.token.issued_at.instant, self.token.expires_at.instant) else {
            return TokenState::OtherText;
        };
        // Cut times may have been anything within their millisecond.
        let issued_slack = i64::from(rules::may_lack_micros(&self.token.issued_at.text)) * 999;
        let expires_slack = i64::from(rules::may_lack_micros(&self.token.expires_at.text)) * 999;
        if issued_slack + expires_slack > 0 {
            let side = expires_slack + 1;
            let (expires, issued) = (expires.micros, issued.micros);
            let restored = self
                .try_all((issued_slack + 1) * side, move |number| (expires + number % side, issued + number / side));
            match restored {
                Some(true) => return TokenState::Restored,
                Some(false) => {}
                None => return TokenState::NotSearched,
            }
        }
        let newest = issued.micros + issued_slack;
        let mut is_cut_short = false;
        for stage in self.stages(newest, expires.micros, expires_slack) {
            match self.find(stage.count, &stage.times) {
                Found::At(number) => {
                    let (signed_expiry, signed) = (stage.times)(number);
                    if (expires.micros + expires_slack - signed_expiry).abs() > 2 * FAR_MICROS {
                        return TokenState::ExpiryAltered { signed: Instant { micros: signed_expiry } };
                    }
                    return TokenState::Drifted { micros: issued.micros - signed };
                }
                Found::Nothing => {}
                Found::CutShort => is_cut_short = true,
            }
        }
        if is_cut_short { TokenState::NotSearched } else { TokenState::OtherText }
    }

    /// Where the signed times may lie, the likeliest first.
    fn stages(&self, newest: i64, expires: i64, expires_slack: i64) -> Vec<Stage> {
        let mut stages = Vec::new();
        let lag_stage = |within: i64, lags: std::ops::Range<i64>| {
            let width = lags.end - lags.start;
            Stage {
                count: (within + 1) * width,
                times: Box::new(move |number| {
                    let issued = newest - number / width;
                    (issued + VALIDITY_MICROS + lags.start + number % width, issued)
                }),
            }
        };
        let ends_first = self.ends.is_some_and(|ends| newest + VALIDITY_MICROS >= ends.micros);
        // Where the election ends before the day is over, the end was signed; it may have been moved since, so what is
        // stored is tried as well.
        let mut fixed: Vec<i64> = Vec::new();
        if ends_first {
            fixed.extend(self.ends.map(|ends| ends.micros));
        }
        if !fixed.contains(&expires) && (ends_first || self.ends.is_none()) {
            fixed.push(expires);
        }
        for end in fixed {
            // A time that looks cut may be whole: an end is set by a person, mostly to the second.
            stages.push(Stage { count: FAR_MICROS + 1, times: Box::new(move |number| (end, newest - number)) });
            let side = expires_slack + 1;
            if side > 1 {
                stages.push(Stage {
                    count: (NEAR_MICROS / 1000 + 1) * side,
                    times: Box::new(move |number| (end + number % side, newest - number / side)),
                });
            }
        }
        if !ends_first {
            stages.push(lag_stage(USUAL_MICROS, USUAL_LAG));
            stages.push(lag_stage(NEAR_MICROS, WIDE_LAG));
            stages.push(lag_stage(LARGE_LAG_MICROS, 0..LARGEST_LAG));
            if self.spent.load(Ordering::Relaxed) < WIDE_BUDGET {
                stages.push(lag_stage(MIDDLE_MICROS, MIDDLE_LAG));
                stages.push(lag_stage(DISTANT_MICROS, USUAL_LAG));
            }
        }
        stages
    }

    /// Some where the search came to its end: whether anything fits.
    fn try_all(&self, count: i64, times: impl Fn(i64) -> (i64, i64) + Sync + Send + 'static) -> Option<bool> {
        match self.find(count, &(Box::new(times) as Times)) {
            Found::At(_) => Some(true),
            Found::Nothing => Some(false),
            Found::CutShort => None,
        }
    }

    fn find(&self, count: i64, times: &Times) -> Found {
        let count = u64::try_from(count).unwrap_or(0);
        if self.spent.fetch_add(count, Ordering::Relaxed).saturating_add(count) > BUDGET || self.job.is_cancelled() {
            return Found::CutShort;
        }
        let text = TokenText::of(self.token);
        let complete = |number: u64, out: &mut String| {
            let (expires, issued) = times(i64::try_from(number).unwrap_or(0));
            text.complete(Instant { micros: expires }, Instant { micros: issued }, out);
        };
        match search(self.opened, &text.before, count, &complete, self.job) {
            Some(number) => Found::At(i64::try_from(number).unwrap_or(0)),
            None if self.job.is_cancelled() => Found::CutShort,
            None => Found::Nothing,
        }
    }
}

type Times = Box<dyn Fn(i64) -> (i64, i64) + Sync + Send>;

/// Candidates of one kind: how many, and which times (expiry, issue) the numbers mean.
struct Stage {
    count: i64,
    times: Times,
}

enum Found {
    At(i64),
    Nothing,
    CutShort,
}

/// Findings about the signatures of tokens of one election.
pub(crate) fn findings(tokens: &[&CheckedToken], keys: &Keys) -> Vec<Finding> {
    let mut findings = Vec::new();
    let of = |is_meant: &dyn Fn(&TokenState) -> bool| -> Vec<&CheckedToken> {
        tokens.iter().copied().filter(|checked| is_meant(&checked.state)).collect()
    };
    let mut add = |code: FindingCode, severity: Option<Severity>, about: &[&CheckedToken], text: String| {
        if about.is_empty() {
            return;
        }
        let mut finding = Finding::new(code, text);
        if let Some(severity) = severity {
            finding.severity = severity;
        }
        for checked in about {
            finding.add(checked.subject(), Some(checked.token.place));
        }
        findings.push(finding);
    };
    let drifted = of(&|state| matches!(state, TokenState::Drifted { .. }));
    let gaps: Vec<i64> = drifted
        .iter()
        .filter_map(|checked| match checked.state {
            TokenState::Drifted { micros } => Some(micros),
            _ => None,
        })
        .collect();
    if let (Some(least), Some(most)) = (gaps.iter().min(), gaps.iter().max()) {
        let text = format!(
            "{} tokens are genuine, but signed {least} to {most} microseconds before the time of issue that is stored: the \
             origin signs a token before it saves it, and saving stamps a new time. Its own check refuses them.",
            gaps.len()
        );
        add(FindingCode::SignatureLocalised, None, &drifted, text);
    }
    let foreign = of(&|state| *state == TokenState::Foreign);
    let genuine = of(&TokenState::is_genuine).len();
    let other = of(&|state| *state == TokenState::OtherText);
    let unsearched = of(&|state| *state == TokenState::NotSearched);
    // Where no signature at all was made with a key given, the key is another: that is told once, and nobody is accused.
    if genuine + other.len() + unsearched.len() > 0 {
        let text = format!(
            "{} tokens carry a signature that was not made with the key: it was damaged, or the token was made without the origin's \
             program.",
            foreign.len()
        );
        add(FindingCode::DocumentSignatureMismatch, None, &foreign, text);
    } else if !foreign.is_empty() {
        let text = format!(
            "None of the {} signatures of tokens was made with a key that was given ({}).",
            foreign.len(),
            keys.names()
        );
        add(FindingCode::KeyMissing, None, &foreign, text);
    }
    for checked in tokens {
        if let TokenState::ExpiryAltered { signed } = checked.state {
            let text = format!(
                "The token's expiry was altered: {} is stored, and the signature fits with {signed}.",
                checked.token.expires_at.text
            );
            add(FindingCode::DocumentSignatureMismatch, None, &[checked], text);
        }
    }
    let text = format!(
        "{} tokens carry a signature of the key over other fields: voter, election, token or times were altered, or the signature \
         belongs to another token. Signed times up to {} milliseconds before the stored ones were tried.",
        other.len(),
        DISTANT_MICROS / 1000
    );
    add(FindingCode::DocumentSignatureMismatch, None, &other, text);
    let text = format!(
        "{} tokens carry a signature of the key that does not fit as stored. The search for the times that were signed was cut \
         short, so they may be genuine.",
        unsearched.len()
    );
    add(FindingCode::DocumentSignatureMismatch, Some(Severity::Major), &unsearched, text);
    let unsigned = of(&|state| *state == TokenState::Unsigned);
    let text = format!("{} tokens carry no signature; the origin signs every token that it issues.", unsigned.len());
    add(FindingCode::DocumentSignatureMismatch, None, &unsigned, text);
    let unchecked = of(&|state| *state == TokenState::Unchecked);
    let text = format!("{} tokens are signed; the origin's public key checks them.", unchecked.len());
    add(FindingCode::KeyMissing, None, &unchecked, text);
    findings
}
