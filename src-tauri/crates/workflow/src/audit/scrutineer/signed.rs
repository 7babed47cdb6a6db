//! What is signed or digested beside the ballots: the seal of the close, the certificate, the list of digests.

use domain::{Finding, FindingCode};
use importers::scrutineer::rules;
use verification::keyed::signature_bytes;

use super::ballots::Seen;
use super::keys::Key;
use super::sources::{Sources, whole};

/// What the look at seal, certificate and digests showed.
#[derive(Default)]
pub(super) struct Signed {
    /// Whether the seal fits; `None` where it could not be checked.
    pub(super) seal: Option<bool>,
    /// Why it could not, a sentence.
    pub(super) seal_missing: String,
    /// Whether the signature of the certificate fits; `None` where it could not be checked.
    pub(super) certificate: Option<bool>,
    /// Files that the list of digests names and that are there.
    pub(super) files: u64,
    pub(super) findings: Vec<Finding>,
}

/// Checks seal, certificate and digests.
pub(super) fn check(sources: &Sources, seen: &Seen, key: Option<&Key>) -> Signed {
    let mut signed = Signed { seal_missing: "The signing key is not there.".to_owned(), ..Signed::default() };
    seal(sources, seen, key, &mut signed);
    certificate(sources, key, &mut signed);
    sums(sources, &mut signed);
    signed
}

fn seal(sources: &Sources, seen: &Seen, key: Option<&Key>, signed: &mut Signed) {
    if sources.ballots.is_none() {
        return;
    }
    let closed = sources.last("election_closed");
    let stated = sources.frozen("seal");
    let place = closed.map(|event| event.place).or(sources.place());
    let subject = closed.map_or_else(|| sources.subject(), |event| event.subject.clone());
    let Some(stated) = stated.as_str() else {
        "Neither the log nor the election file holds the seal.".clone_into(&mut signed.seal_missing);
        if closed.is_some() {
            let detail = "The event of the close carries no seal.";
            signed.findings.push(
                Finding::new(FindingCode::DocumentSignatureMismatch, detail)
                    .about(subject, place)
                    .against("ballots.seal"),
            );
        }
        return;
    };
    let Some(key) = key else { return };
    let head = domain::Sha256Digest::from_hex(&seen.head);
    let fits = head.zip(signature_bytes(stated)).is_some_and(|(head, stated)| {
        key.keyed.fits(rules::closing_text(&sources.id, seen.rows, head).as_bytes(), &stated)
    });
    signed.seal = Some(fits);
    if !fits {
        let detail = format!(
            "The seal of the close does not cover {} ballots that end as this chain does: ballots were added behind the last one or taken from the end, or the seal was altered.",
            seen.rows
        );
        signed.findings.push(
            Finding::new(FindingCode::DocumentSignatureMismatch, detail).about(subject, place).against("ballots.seal"),
        );
    }
}

fn certificate(sources: &Sources, key: Option<&Key>, signed: &mut Signed) {
    let Some((file, Some(certificate))) = &sources.certificate else { return };
    let say = |detail: &str| {
        Finding::new(FindingCode::DocumentSignatureMismatch, detail)
            .about(format!("certificate:{}", sources.id), file.place())
            .against("certificate.signature")
    };
    // Others may read the file in another way: it must say no more than what is signed.
    if serde_json::to_value(certificate).ok().as_ref() != Some(&file.value) {
        signed.findings.push(say("The certificate holds more than what its signature covers."));
    }
    let Some(key) = key else { return };
    let text = certificate.signed_text();
    let fits = signature_bytes(&certificate.signature).is_some_and(|stated| key.keyed.fits(text.as_bytes(), &stated));
    signed.certificate = Some(fits);
    if !fits {
        signed
            .findings
            .push(say("The signature of the certificate does not match its content under the key of the election."));
    }
}

fn sums(sources: &Sources, signed: &mut Signed) {
    let Some((list, sums)) = &sources.sums else { return };
    let mut wrong = Finding::new(FindingCode::HashMismatch, "").against("files.sums");
    let mut names = Vec::new();
    for (name, sum) in sums {
        let Some((_, file)) = sources.beside.iter().find(|(beside, _)| beside == name) else { continue };
        signed.files += 1;
        if file.sha256.to_hex() != *sum {
            wrong.add(format!("file:{}", file.path), Some(whole(file.id)));
            names.push(name.as_str());
        }
    }
    if !wrong.is_empty() {
        wrong.detail = format!("The digest in SHA256SUMS does not fit the file: {}.", names.join(", "));
        signed.findings.push(wrong);
    }
    let listed = |name: &str| sums.iter().any(|(listed, _)| listed == name);
    let unlisted: Vec<&str> = sources
        .beside
        .iter()
        .filter(|(name, file)| file.system == super::SYSTEM && file.id != *list && !listed(name))
        .map(|(name, _)| name.as_str())
        .collect();
    if !unlisted.is_empty() {
        let detail = format!(
            "SHA256SUMS names no digest for {}: these files were added to the publication.",
            unlisted.join(", ")
        );
        signed.findings.push(
            Finding::new(FindingCode::UnexplainedDifference, detail)
                .about(sources.subject(), Some(whole(*list)))
                .against("files.sums"),
        );
    }
}
